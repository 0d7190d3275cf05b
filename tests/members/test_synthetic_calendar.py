"""On a synthetic book's day, each of the calendar's twenty types (docs/feeds.md) finds somebody."""

from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta

from members.catalogue import duration, event_specs
from tests.members.synthetic_books import TODAY, day, written_book

LIVE = ("in_force", "grace", "paid_up")
GRACE = timedelta(days=60)
DAYS = [TODAY, date(2026, 12, 31), date(2027, 2, 28), date(2027, 3, 1), date(2028, 2, 29), date(2028, 4, 29)]


def anchors(book, p):
    """(type, anchor date) of a policy, by the words of docs/feeds.md."""
    status, product = p["status"], book.product[p["product_code"]]
    live, due, ends = status in LIVE, day(p["paid_to_on"]), day(p["expires_on"])
    holiday = day(p["premium_holiday_until"])
    if status == "lapsed":
        # The grace period's last day, so that the day after it is that of the lapse.
        yield "renewal.lapsed", day(p["lapsed_on"]) - timedelta(days=1)
        yield "renewal.reinstatement_window_ending", day(p["lapsed_on"]) + relativedelta(years=2)
    if not live:
        return
    if not p["receipt_signed_on"]:
        yield "issuance.receipt_pending", day(p["delivered_on"])
    elif not p["callback_done_on"]:
        yield "issuance.callback_overdue", day(p["cooling_off_ends_on"])
    yield "issuance.cooling_off_ending", day(p["cooling_off_ends_on"])
    yield "issuance.waiting_period_ended", day(p["waiting_period_ends_on"])
    if due and not holiday:
        yield "renewal.premium_due_30d", due
        yield "renewal.grace_started", due
        yield "renewal.grace_second_notice", due
        yield "renewal.grace_ending_7d", due + GRACE
    if product["term"] == "short":
        yield "renewal.short_term_renewal_due", ends
    yield "renewal.guarantee_period_ending", day(p["guarantee_ends_on"])
    yield "benefit_payout.maturity_upcoming" if product["category"] == "endowment" else "renewal.cover_ended", ends
    for person in {p["policyholder_no"], *(person for person, _ in book.insureds(p))}:
        yield "policy_admin.id_expiring", day(book.customer[person]["id_valid_to"])
    yield "benefit_payout.annuity_starting", day(p["annuity_starts_on"])
    yield "benefit_payout.proof_of_life_required", day(p["proof_of_life_due_on"])
    yield "benefit_payout.proof_of_life_suspended", day(p["proof_of_life_due_on"])
    if p["loan_balance"]:
        yield "loan.maturity_upcoming", day(p["loan_due_on"])


def found(book, today):
    for p in book.policies:
        for code, anchor in anchors(book, p):
            if anchor and anchor + duration(event_specs()[code].schedule_offset) == today:
                yield code
        began = day(p["effective_on"])
        years = today.year - began.year
        if p["status"] in LIVE and years and began + relativedelta(years=years) == today:
            yield "policy_admin.annual_statement"


@pytest.mark.parametrize("today", DAYS, ids=str)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_of_the_twenty_types_finds_somebody(seed, today):
    codes = set(found(written_book(300, seed, today), today))
    assert len(codes) == 20, codes


@pytest.mark.parametrize("later", [1, 2])
def test_the_days_after_find_most_of_them(later):
    codes = set(found(written_book(), TODAY + timedelta(days=later)))
    assert len(codes) > 14
