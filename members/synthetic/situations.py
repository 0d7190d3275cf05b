"""What a policy is just going through: arranged, so that a small book has one of each, near the book's day.

Large books have the rest of their policies where chance puts them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from members.synthetic.days import days_later, years_later
from members.synthetic.products import Offer


@dataclass(frozen=True, slots=True)
class Situation:
    """`field` of the policy falls on the book's day plus `days` (after `years`); "" leaves the dates to chance."""

    name: str
    field: str = ""
    days: int = 0
    years: int = 0
    suits: Callable[[Offer], bool] = lambda offer: True
    ages: tuple[int, int] = (0, 95)
    premium: tuple[int, int] | None = None
    shift: int = 0

    def anchor(self, today: date) -> date:
        return years_later(days_later(today, self.days + self.shift), self.years)


def _regular(offer: Offer) -> bool:
    return not offer.short and max(offer.terms) > 3


def _plain(offer: Offer) -> bool:
    return _regular(offer) and not offer.account


def _savings(offer: Offer) -> bool:
    return offer.savings and not offer.account and max(offer.terms) >= 5


def _ten_years(offer: Offer) -> bool:
    return _savings(offer) and offer.buyer == "person" and max(offer.terms) >= 10


def _lasting(offer: Offer) -> bool:
    return offer.product.product_code == "MED_LASTING"


def _short(offer: Offer) -> bool:
    return offer.short and offer.buyer == "person"


def _health(offer: Offer) -> bool:
    return offer.waiting_days > 0


def _annuity(offer: Offer) -> bool:
    return offer.product.category == "annuity"


def _life(offer: Offer) -> bool:
    return offer.product.category == "whole_life" and not offer.account


def _long_child(offer: Offer) -> bool:
    return offer.buyer == "child"


def _design(design: str) -> Callable[[Offer], bool]:
    return lambda offer: offer.product.design_type == design


def _paid_early(offer: Offer) -> bool:
    return offer.savings and offer.cover != "life" and 5 in offer.terms


def _ends(offer: Offer) -> bool:
    return offer.product.category == "endowment" and offer.cover.isdigit()


ARRANGED = (
    Situation("receipt_pending", "delivered_on", -5, suits=_plain),
    Situation("callback_overdue", "cooling_off_ends_on", 5, suits=_plain),
    Situation("cooling_off_ending", "cooling_off_ends_on", 3, suits=_plain),
    Situation("waiting_ended", "waiting_period_ends_on", 0, suits=_health),
    Situation("premium_due", "paid_to_on", 30, suits=_plain),
    Situation("grace_started", "paid_to_on", -1, suits=_plain),
    Situation("grace_second", "paid_to_on", -30, suits=_plain),
    Situation("grace_ending", "paid_to_on", -53, suits=_plain),
    Situation("lapsed", "lapsed_on", 0, suits=_plain),
    Situation("reinstatement_ending", "lapsed_on", 60, years=-2, suits=_plain),
    Situation("renewal_due", "expires_on", 30, suits=_short, ages=(18, 70)),
    Situation("guarantee_ending", "guarantee_ends_on", 60, suits=_lasting),
    Situation("cover_ended", "expires_on", -1, suits=_short),
    Situation("anniversary", "effective_on", 0, years=-4, suits=_plain),
    Situation("id_expiring", suits=_plain, ages=(20, 60)),
    Situation("annuity_starting", "annuity_starts_on", 60, suits=_annuity, ages=(52, 68)),
    Situation("proof_required", "proof_of_life_due_on", 30, suits=_annuity, ages=(60, 88)),
    Situation("proof_missed", "proof_of_life_due_on", -1, suits=_annuity, ages=(60, 88)),
    Situation("maturing", "expires_on", 30, suits=_ends, ages=(34, 84)),
    Situation("loan_due", "loan_due_on", 15, suits=_savings, ages=(25, 80)),
    # Not of the calendar, but what the core's own events speak of.
    Situation("just_effective", "effective_on", -1, suits=_long_child),
    Situation("just_signed", "receipt_signed_on", -2, suits=_plain),
    Situation("cancelled", "receipt_signed_on", -8, suits=_plain),
    Situation("loan_overdue", "loan_due_on", -1, suits=_savings, ages=(25, 80)),
    Situation("overloan", "loan_due_on", 40, suits=_savings, ages=(25, 80)),
    Situation("overloan_lapsed", "lapsed_on", -2, suits=_life, ages=(30, 80)),
    Situation("premium_holiday", "paid_to_on", -20, suits=_design("universal"), ages=(22, 60)),
    Situation("low_account", suits=_design("unit_linked"), ages=(25, 60)),
    Situation("in_account", suits=_design("unit_linked"), ages=(25, 60)),
    Situation("dividend", suits=_design("participating"), ages=(20, 70)),
    Situation("matured", "expires_on", -90, suits=_ends, ages=(34, 84)),
    Situation("surrendered", suits=_plain, ages=(25, 80)),
    Situation("terminated", "lapsed_on", -3, years=-2, suits=_plain),
    Situation("claimed", suits=lambda offer: offer.product.product_code == "CI_LIFE", ages=(25, 75)),
    Situation("payment_completed", suits=_paid_early, ages=(32, 72)),
    Situation("tier", suits=_ten_years, ages=(25, 70), premium=(32_000, 60_000)),
    Situation("tier", suits=_ten_years, ages=(25, 70), premium=(84_000, 150_000)),
    Situation("tier", suits=_ten_years, ages=(30, 70), premium=(210_000, 380_000)),
    Situation("tier", suits=_ten_years, ages=(35, 70), premium=(520_000, 900_000)),
)
#: After the first round, those that the calendar finds come again for the days to come.
ROUNDS = (0, 1, 2)


def arranged() -> Iterator[Situation]:
    """What the first policies of a book are dealt."""
    yield from ARRANGED
    for shift in ROUNDS[1:]:
        for one in ARRANGED[:20]:
            yield Situation(one.name, one.field, one.days, one.years, one.suits, one.ages, one.premium, shift)
