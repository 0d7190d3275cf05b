"""How a policy stands today: premiums, status, values, loans."""

from datetime import date, timedelta
from random import Random

from members.synthetic.contracts import MONTHS
from members.synthetic.days import GRACE, day_between, days_later, months_later, years_later
from members.synthetic.policies import LIVE, Policy, cny
from members.synthetic.situations import Situation

#: Of a thousand long policies, how many have come to an early end or a stop.
SURRENDERED, CLAIMED, UNPAID = 55, 20, 45
#: Of the premiums fallen due within the last 60 days, the share still unpaid.
IN_GRACE = 0.12
#: The insurer ends a suspended policy after two years (Insurance Law art. 37).
SUSPENDED_YEARS = 2


def settle(rng: Random, policy: Policy, today: date, situation: Situation | None) -> None:
    """Status and the dates that go with it, values, loan."""
    _premiums(policy, today)
    if policy.placement.died:
        policy.status = "claimed"
    elif situation:
        _arrange(policy, today, situation)
    else:
        _fate(rng, policy, today)
    if not policy.live:
        policy.premium_holiday_until = None
        if policy.status != "lapsed":
            policy.paid_to_on = None
    _proof_of_life(rng, policy, today, situation)
    _values(rng, policy, today)
    _loan(rng, policy, today, situation)


def _premiums(policy: Policy, today: date) -> None:
    """All paid so far: the next due date is after today, or the term is over."""
    if policy.expires_on and policy.expires_on < today - timedelta(days=2):
        policy.status = "matured" if policy.offer.product.category == "endowment" else "terminated"
        return
    if policy.frequency == "single" or (policy.offer.short and policy.frequency == "annual"):
        return
    due = next_due(policy, today)
    if due is None and not policy.offer.short:
        policy.status = "paid_up"
    policy.paid_to_on = due


def next_due(policy: Policy, today: date) -> date | None:
    """The first due date after today; None where the premium term ends before."""
    step, began = MONTHS[policy.frequency], policy.effective_on
    months = (today.year - began.year) * 12 + today.month - began.month
    at = max(months // step - 1, 0) * step
    while (due := months_later(began, at)) <= today:
        at += step
    return None if at >= policy.premium_term_years * 12 else due


def earlier_due(policy: Policy, due: date, months: int) -> date:
    """The due date `months` before `due`: counted from the contract's beginning, whose day of the month (the 31st, say)
    a due date of a shorter month has lost."""
    began = policy.effective_on
    return months_later(began, (due.year - began.year) * 12 + due.month - began.month - months)


def last_due(policy: Policy) -> date | None:
    """The due date before `paid_to_on`: the newest that was paid."""
    if policy.paid_to_on is None or policy.frequency == "single":
        return None
    return earlier_due(policy, policy.paid_to_on, MONTHS[policy.frequency])


def _fate(rng: Random, policy: Policy, today: date) -> None:
    """What chance does to a policy; groups and one-year policies run their course."""
    if policy.offer.short or not policy.live:
        return
    draw = rng.randrange(1000)
    years = ((today - policy.effective_on).days - 2) / 365.25
    if draw < SURRENDERED and years > 1:
        policy.status = "surrendered"
    elif draw < SURRENDERED + CLAIMED and years > 1 and policy.offer.product.category == "critical_illness":
        policy.status = "claimed"
    elif draw < SURRENDERED + CLAIMED + UNPAID and years > 2 and policy.paid_to_on and policy.frequency == "annual":
        lapse(policy, earlier_due(policy, policy.paid_to_on, 12 * rng.randint(1, min(int(years), 4))), today)
    elif (
        (due := last_due(policy))
        and due > max(today - GRACE, policy.effective_on)
        and rng.random() < IN_GRACE
        and due < today
    ):
        policy.status, policy.paid_to_on = "grace", due


def lapse(policy: Policy, due: date, today: date) -> None:
    """The premium of `due` was never paid: in grace, suspended after 60 days, ended after two more years."""
    policy.paid_to_on = due
    lapsed = due + GRACE
    if lapsed > today:
        policy.status = "grace"
        return
    policy.lapsed_on = lapsed
    policy.status = "lapsed" if years_later(lapsed, SUSPENDED_YEARS) > today else "terminated"


def _arrange(policy: Policy, today: date, situation: Situation) -> None:
    anchor = situation.anchor(today)
    match situation.name:
        case "premium_due" | "grace_started" | "grace_second" | "grace_ending":
            policy.paid_to_on = anchor
            policy.status = "grace" if anchor < today else "in_force"
        case "premium_holiday":
            policy.status, policy.paid_to_on = "in_force", anchor
            policy.premium_holiday_until = days_later(today, 150)
        case "lapsed" | "reinstatement_ending" | "terminated" | "overloan_lapsed":
            lapse(policy, anchor - GRACE, today)
            if situation.name != "terminated":
                # Shifted days: it lapses in a few days, and stands in grace until then.
                policy.status = "lapsed" if policy.lapsed_on else "grace"
        case "cover_ended":
            policy.status = "in_force"
        case "id_expiring":
            policy.holder.id_valid_to = days_later(today, 30 + situation.shift)
        case "annuity_starting":
            policy.annuity_starts_on = anchor
        case "matured" | "surrendered" | "claimed":
            policy.status = situation.name
        case "cancelled":
            policy.status = "surrendered"


def _proof_of_life(rng: Random, policy: Policy, today: date, situation: Situation | None) -> None:
    if situation and situation.field == "proof_of_life_due_on":
        policy.proof_of_life_due_on = situation.anchor(today)
    elif policy.annuity_starts_on and policy.annuity_starts_on <= today and policy.live and rng.random() < 0.9:
        years = today.year - policy.annuity_starts_on.year
        due = years_later(policy.annuity_starts_on, years)
        policy.proof_of_life_due_on = due if due > today else years_later(due, 1)


def _values(rng: Random, policy: Policy, today: date) -> None:
    """What it is worth: nothing in protection, little in the first years of a savings contract."""
    years = max((today - policy.effective_on).days / 365.25, 0.0)
    paid_years = min(years + 1, policy.premium_term_years)
    instalments = 1 if policy.frequency == "single" else 12 // MONTHS[policy.frequency] * paid_years
    policy.paid_in = cny(float(policy.premium) * max(int(instalments), 1))
    if not policy.offer.savings:
        return
    paid = float(policy.paid_in)
    if policy.offer.account:
        account = paid * (0.9 + 0.025 * years) * rng.uniform(0.9, 1.15)
        policy.account_value = cny(account if policy.status in (*LIVE, "lapsed") else 0)
        policy.cash_value = cny(float(policy.account_value) * min(0.95 + 0.01 * years, 1))
    else:
        half = 0.5 if policy.offer.product.category in ("critical_illness", "accident") else 1.0
        share = half * min(0.2 + 0.07 * years, 1.5) if years > 1 else 0.1
        policy.cash_value = cny(paid * share if policy.status in (*LIVE, "lapsed") else 0)


def _loan(rng: Random, policy: Policy, today: date, situation: Situation | None) -> None:
    name = situation.name if situation else ""
    if name == "low_account":
        policy.account_value, policy.cash_value = cny(rng.uniform(80, 400)), cny(rng.uniform(20, 80))
        return
    if policy.cash_value is None:
        return
    worth = float(policy.cash_value)
    if name == "overloan_lapsed":
        policy.loan_balance, policy.loan_due_on = cny(worth * 1.002), today - timedelta(days=30)
    elif situation and situation.field == "loan_due_on":
        share = 0.956 if name == "overloan" else rng.uniform(0.3, 0.75)
        policy.loan_balance, policy.loan_due_on = cny(worth * share), situation.anchor(today)
    elif not situation and policy.live and worth > 3000 and rng.random() < 0.08:
        policy.loan_balance = cny(round(worth * rng.uniform(0.2, 0.8), -2))
        policy.loan_due_on = day_between(rng, today - timedelta(days=12), days_later(today, 180))
