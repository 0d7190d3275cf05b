"""How a policy begins: when, on what terms, and how it comes into its holder's hands."""

from datetime import date, timedelta
from random import Random

from members.ages import age_on
from members.synthetic.days import day_between, days_later, years_later
from members.synthetic.policies import Policy, cny
from members.synthetic.products import Offer
from members.synthetic.situations import Situation

#: The insurer opened.
FOUNDED = date(1998, 6, 1)
#: One instalment, of a year's premium.
INSTALMENT = {"annual": 1.0, "semiannual": 0.52, "quarterly": 0.262, "monthly": 0.0875, "single": 8.0}
MONTHS = {"annual": 12, "semiannual": 6, "quarterly": 3, "monthly": 1}
WEALTH_SPREAD = 0.55


def begin(rng: Random, today: date, offer: Offer, insured_born: date, situation: Situation | None) -> date | None:
    """The day cover began, None where the offer, the insured's age and the situation don't go together."""
    age = age_on(insured_born, today)
    # Years back: so that the insured was of an age to be taken on.
    fewest, most = max(0, age - offer.max_age), min(age - offer.min_age, 27)
    if situation:
        if not (situation.ages[0] <= age <= situation.ages[1] and situation.suits(offer)):
            return None
        fewest = max(fewest, 6 if situation.name == "payment_completed" else 0)
    day = _arranged(rng, today, offer, fewest, most, situation) if situation and situation.field else None
    if day is None:
        if offer.short:
            day = today - timedelta(days=rng.randrange(400))
        else:
            if situation:
                # Old enough to be worth something, too young to have ended.
                fewest, most = max(fewest, 2), min(most, 8)
            if fewest > most:
                return None
            back = min(fewest + rng.expovariate(1 / 5), most + 0.9)
            day = today - timedelta(days=int(back * 365.25) + 1)
    if day < FOUNDED or day < days_later(insured_born, 28):
        return None
    return day if offer.min_age <= age_on(insured_born, day) <= offer.max_age else None


def _arranged(rng: Random, today: date, offer: Offer, fewest: int, most: int, situation: Situation) -> date | None:
    anchor = situation.anchor(today)
    match situation.field:
        case "paid_to_on" | "lapsed_on":
            due = anchor if situation.field == "paid_to_on" else anchor - timedelta(days=60)
            longest = min(most, max(offer.terms) - 1)
            return years_later(due, -rng.randint(max(1, min(fewest, longest)), max(1, longest)))
        case "expires_on" | "guarantee_ends_on":
            return years_later(days_later(anchor, 1), -int(offer.cover))
        case "annuity_starts_on" | "proof_of_life_due_on":
            return years_later(anchor, -rng.randint(max(8, fewest), max(8, fewest, min(most, 20))))
        case "delivered_on":
            return anchor - timedelta(days=rng.randint(1, 3))
        case "receipt_signed_on":
            return anchor - timedelta(days=rng.randint(2, 4))
        case "cooling_off_ends_on":
            return anchor - timedelta(days=15 + rng.randint(2, 4))
        case "waiting_period_ends_on":
            return anchor - timedelta(days=offer.waiting_days)
        case "effective_on":
            return anchor
    return None


def sign(rng: Random, policy: Policy, today: date, situation: Situation | None) -> None:
    """Premium, sum assured and the dates that the contract fixes."""
    offer, began, wealth = policy.offer, policy.effective_on, policy.placement.wealth
    policy.premium_term_years, policy.frequency = rng.choice(offer.terms), rng.choice(offer.frequencies)
    if situation and situation.name == "payment_completed":
        policy.premium_term_years, policy.frequency = 5, "annual"
    elif situation and (situation.premium or situation.field in ("paid_to_on", "lapsed_on")):
        policy.premium_term_years, policy.frequency = max(offer.terms), "annual"
    elif policy.premium_term_years == 1 and not offer.short:
        policy.frequency = "single"
    year = offer.premium * wealth * rng.lognormvariate(0, WEALTH_SPREAD)
    if offer.buyer == "group":
        year = offer.premium / 8 * len(policy.placement.insureds) * rng.uniform(0.8, 1.3)
    if situation and situation.premium:
        year = rng.uniform(*situation.premium)
    year = max(round(year, -2 if year >= 2000 else -1), 60)
    policy.premium = cny(year * INSTALMENT[policy.frequency])
    base = float(policy.premium) * 1.2 if policy.frequency == "single" else year * offer.multiple
    policy.sum_assured = cny(max(round(base, -3), 10_000))
    if offer.waiting_days:
        policy.waiting_period_ends_on = days_later(began, offer.waiting_days)
    born = policy.insured.birth_date or began
    years = _cover_years(policy, age_on(born, began))
    if years:
        policy.expires_on = years_later(began, years) - timedelta(days=1)
    if situation and situation.field in ("expires_on", "guarantee_ends_on"):
        policy.expires_on = situation.anchor(today)
    if offer.product.product_code == "MED_LASTING":
        policy.guarantee_ends_on = policy.expires_on
    if offer.product.category == "annuity":
        _annuity(rng, policy, situation, age_on(born, began))


def _cover_years(policy: Policy, age: int) -> int:
    """Years of cover, 0 for life."""
    cover = policy.offer.cover
    if cover == "life":
        return 0
    if cover == "=term":
        return policy.premium_term_years
    return int(cover[3:]) - age if cover.startswith("to:") else int(cover)


def _annuity(rng: Random, policy: Policy, situation: Situation | None, age: int) -> None:
    """Paid from the anniversary at 55, 60 or 65, at the earliest after the premium term and five years."""
    wait = max(rng.choice((55, 60, 60, 65)) - age, min(policy.premium_term_years, 20), 5)
    if situation and situation.field == "proof_of_life_due_on":
        policy.premium_term_years, policy.frequency = 5, "annual"
        wait = 6
    policy.annuity_starts_on = years_later(policy.effective_on, wait)


def hand_over(rng: Random, policy: Policy, today: date, situation: Situation | None) -> None:
    """Delivery, receipt, cooling-off, callback: as far as they have come by today.

    A policy of a year or less goes out electronically on the day, and has no cooling-off.
    """
    if policy.offer.short:
        policy.delivered_on = policy.receipt_signed_on = policy.applied_on
        return
    delivered = policy.effective_on + timedelta(days=rng.randint(0, 5))
    signed = delivered + timedelta(days=min(int(rng.expovariate(0.5)), 25))
    cooling = timedelta(days=rng.choice((15, 15, 15, 20)))
    name = situation.name if situation else ""
    if situation and situation.field in ("delivered_on", "receipt_signed_on", "cooling_off_ends_on"):
        anchor = situation.anchor(today)
        cooling = timedelta(days=15)
        if situation.field == "delivered_on":
            delivered, signed = anchor, days_later(today, 1)
        else:
            signed = anchor if situation.field == "receipt_signed_on" else anchor - cooling
            delivered = day_between(rng, policy.effective_on, signed)
    if delivered > today:
        return
    policy.delivered_on = delivered
    if signed > today:
        return
    policy.receipt_signed_on, policy.cooling_off_ends_on = signed, signed + cooling
    called = signed + timedelta(days=rng.randint(1, 9))
    if name == "cooling_off_ending":
        called = days_later(signed, 1)
    if called <= today and name != "callback_overdue" and (rng.random() > 0.08 or called < today - timedelta(days=30)):
        policy.callback_done_on = called
