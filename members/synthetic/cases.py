"""What can happen to a policy or a person just now: the needs that event_mix.csv names."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from members.synthetic.days import GRACE, days_later, years_later
from members.synthetic.people import Customer
from members.synthetic.policies import Policy
from members.synthetic.products import Offer
from members.synthetic.standings import SUSPENDED_YEARS, last_due

#: Events lie in the days up to the book's.
WINDOW = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Case:
    """Somebody events are about: a policy with its people, or (policy None) a person who applies for `offer`."""

    person: Customer
    policy: Policy | None
    offer: Offer


def scheduled(policy: Policy) -> Iterator[tuple[str, date]]:
    """The calendar's types (docs/feeds.md) that this policy comes to, with the day each is announced."""
    p, live = policy, policy.live
    if p.lapsed_on and p.status == "lapsed":
        yield "renewal.lapsed", p.lapsed_on
        yield "renewal.reinstatement_window_ending", days_later(years_later(p.lapsed_on, SUSPENDED_YEARS), -60)
    if not live:
        return
    if p.delivered_on and not p.receipt_signed_on:
        yield "issuance.receipt_pending", days_later(p.delivered_on, 5)
    if p.cooling_off_ends_on:
        if not p.callback_done_on:
            yield "issuance.callback_overdue", days_later(p.cooling_off_ends_on, -5)
        yield "issuance.cooling_off_ending", days_later(p.cooling_off_ends_on, -3)
    if p.waiting_period_ends_on:
        yield "issuance.waiting_period_ended", p.waiting_period_ends_on
    if p.paid_to_on and not p.premium_holiday_until and p.status != "paid_up":
        yield "renewal.premium_due_30d", days_later(p.paid_to_on, -30)
        yield "renewal.grace_started", days_later(p.paid_to_on, 1)
        yield "renewal.grace_second_notice", days_later(p.paid_to_on, 30)
        yield "renewal.grace_ending_7d", p.paid_to_on + GRACE - timedelta(days=7)
    if p.expires_on:
        if p.offer.short:
            yield "renewal.short_term_renewal_due", days_later(p.expires_on, -30)
        if p.offer.product.category == "endowment":
            yield "benefit_payout.maturity_upcoming", days_later(p.expires_on, -30)
        else:
            yield "renewal.cover_ended", days_later(p.expires_on, 1)
    if p.guarantee_ends_on:
        yield "renewal.guarantee_period_ending", days_later(p.guarantee_ends_on, -60)
    if p.annuity_starts_on:
        yield "benefit_payout.annuity_starting", days_later(p.annuity_starts_on, -60)
    if p.proof_of_life_due_on:
        yield "benefit_payout.proof_of_life_required", days_later(p.proof_of_life_due_on, -30)
        yield "benefit_payout.proof_of_life_suspended", days_later(p.proof_of_life_due_on, 1)
    if p.loan_due_on and p.loan_balance:
        yield "loan.maturity_upcoming", days_later(p.loan_due_on, -15)
        yield "loan.overdue_capitalised", days_later(p.loan_due_on, 1)
    if p.holder.id_valid_to:
        yield "policy_admin.id_expiring", days_later(p.holder.id_valid_to, -30)


def happenings(policy: Policy) -> Iterator[tuple[str, date | None]]:
    """The needs that a day of the policy's own life fulfils."""
    p = policy
    yield "new", p.effective_on
    if p.insured is not p.holder and p.placement.buyer != "group":
        yield "new_other", p.effective_on
    if p.offer.short:
        yield "new_short", p.effective_on
    else:
        yield "delivered", p.delivered_on
        yield "signed", p.receipt_signed_on
        yield "called", p.callback_done_on


def days_in_window(case: Case, today: date) -> dict[str, date]:
    """Scheduled types and happenings of the last days, each with its day."""
    policy = case.policy
    if policy is None:
        return {}
    first = today - WINDOW
    found = {code: day for code, day in scheduled(policy) if first <= day <= today}
    if policy.live:
        found |= {need: day for need, day in happenings(policy) if day and first <= day <= today}
        began = policy.effective_on
        for day in (years_later(began, today.year - began.year), years_later(began, first.year - began.year)):
            if first <= day <= today and day > began:
                found["policy_admin.annual_statement"] = day
    return found


def _category(policy: Policy, *categories: str) -> bool:
    return policy.offer.product.category in categories


def _due(policy: Policy) -> bool:
    return policy.status == "in_force" and policy.paid_to_on is not None and not policy.premium_holiday_until


def _savings(policy: Policy) -> bool:
    return policy.offer.savings and not policy.offer.account and bool(policy.cash_value)


def _in_account(policy: Policy) -> bool:
    return policy.account_value is not None and policy.account_value > 1000


def _overloaned(policy: Policy) -> bool:
    return bool(policy.loan_balance and policy.cash_value) and float(policy.loan_balance or 0) >= 0.95 * float(
        policy.cash_value or 0
    )


#: Needs of a live policy, but for those that a day in the window fulfils.
LIVE_NEEDS: dict[str, Callable[[Policy], object]] = {
    "live": lambda p: True,
    "long": lambda p: not p.offer.short,
    "card": lambda p: p.premium_account,
    "served": lambda p: p.agent,
    "regular": _due,
    "savings": _savings,
    "savings_due": lambda p: _due(p) and _savings(p),
    "participating": lambda p: p.offer.product.design_type == "participating",
    "participating_due": lambda p: p.offer.product.design_type == "participating" and _due(p),
    "universal": lambda p: p.offer.product.design_type == "universal",
    "unit_linked": lambda p: p.offer.product.design_type == "unit_linked",
    "account": _in_account,
    "low_account": lambda p: p.account_value is not None and p.account_value < 500,
    "lasting": lambda p: p.guarantee_ends_on and _due(p),
    "holiday": lambda p: p.premium_holiday_until,
    "protection": lambda p: _category(p, "critical_illness", "medical", "accident", "term_life"),
    "medical": lambda p: _category(p, "medical"),
    "critical_due": lambda p: _category(p, "critical_illness") and _due(p),
    "loan": lambda p: p.loan_balance,
    "overloan": _overloaned,
}
NEEDS: dict[str, Callable[[Policy], object]] = {
    "grace": lambda p: p.status == "grace",
    "paid_up": lambda p: p.status == "paid_up",
    "completed": lambda p: p.status == "paid_up" and p.expires_on is not None,
    "overloan_lapsed": lambda p: p.status == "lapsed" and _overloaned(p),
    "ended_after_lapse": lambda p: p.status == "terminated" and p.lapsed_on is not None,
    "surrendered": lambda p: p.status == "surrendered",
    "matured": lambda p: p.status == "matured",
    "death": lambda p: p.insured.deceased_on is not None and p.status == "claimed" and bool(p.placement.beneficiaries),
}


def needs_met(case: Case, today: date, days: dict[str, date]) -> tuple[str, ...]:
    """All needs of event_mix.csv that this case fulfils; `scheduled` stands for the types in `days` themselves."""
    policy = case.policy
    if policy is None:
        return ("applicant", "person")
    met = list(days) if case.person.deceased_on else ["person", *days]
    met += [need for need, test in NEEDS.items() if test(policy)]
    if policy.live:
        met += [need for need, test in LIVE_NEEDS.items() if test(policy)]
    if policy.status == "in_force" and (paid := last_due(policy)) and today - GRACE <= paid > policy.effective_on:
        met.append("paid")
    if policy.live and not policy.offer.short and days_later(policy.effective_on, 15) >= today:
        met.append("issued")
    if policy.status == "surrendered" and policy.cooling_off_ends_on and policy.cooling_off_ends_on >= today - WINDOW:
        met.append("cancelled")
    if policy.live and policy.offer.short and policy.expires_on and policy.expires_on >= days_later(today, 30):
        met.append("short_ending")
    if "loan.overdue_capitalised" in days:
        met.append("overdue")
    if policy.annuity_starts_on and policy.annuity_starts_on <= today and policy.live:
        met.append("annuity_paid")
    return tuple(met)
