"""The dates and sums of a synthetic policy tell one story."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from dateutil.relativedelta import relativedelta

from tests.members.synthetic_books import TODAY, day, written_book

BOOKS = [(300, 1), (300, 2), (3000, 5)]
LIVE = ("in_force", "grace", "paid_up")
MONTHS = {"annual": 12, "semiannual": 6, "quarterly": 3, "monthly": 1}


@pytest.fixture(params=BOOKS, ids=str)
def book(request):
    return written_book(*request.param)


def in_order(*days):
    known = [day(one) for one in days if one]
    return known == sorted(known)


def test_a_contract_is_applied_for_begins_and_ends(book):
    for p in book.policies:
        assert in_order(p["applied_on"], p["effective_on"], p["expires_on"])
        assert in_order(p["applied_on"], p["delivered_on"], p["receipt_signed_on"], p["callback_done_on"])
        assert in_order(p["effective_on"], p["waiting_period_ends_on"])
        assert in_order(p["effective_on"], p["annuity_starts_on"], p["proof_of_life_due_on"])
        holder = book.customer[p["policyholder_no"]]
        if holder["birth_date"]:
            assert day(holder["birth_date"]) + relativedelta(years=18) <= day(p["effective_on"])
        for person, _ in book.insureds(p):
            born = day(book.customer[person]["birth_date"])
            assert born + timedelta(days=28) <= day(p["effective_on"])


def test_cooling_off_runs_15_or_20_days_from_the_receipt(book):
    for p in book.policies:
        long = book.product[p["product_code"]]["term"] == "long"
        assert bool(p["cooling_off_ends_on"]) == bool(long and p["receipt_signed_on"])
        if p["cooling_off_ends_on"]:
            length = day(p["cooling_off_ends_on"]) - day(p["receipt_signed_on"])
            assert length.days in (15, 20)


def test_grace_is_sixty_days_and_a_lapse_follows_it(book):
    for p in book.policies:
        due, lapsed = day(p["paid_to_on"]), day(p["lapsed_on"])
        if p["status"] == "grace":
            assert due < TODAY < due + timedelta(days=60)
            assert not lapsed
        if p["status"] == "lapsed":
            assert lapsed == due + timedelta(days=60) <= TODAY < lapsed + relativedelta(years=2)
        if lapsed and p["status"] != "lapsed":
            assert p["status"] == "terminated"
            assert lapsed + relativedelta(years=2) <= TODAY
        if p["status"] == "in_force" and due:
            assert due >= TODAY or day(p["premium_holiday_until"]) > TODAY


def test_the_core_has_touched_a_row_since_what_it_tells(book):
    last_night = TODAY - timedelta(days=1)
    for row, *told in [
        *((p, p["effective_on"]) for p in book.policies),
        *((c, c["birth_date"], c["deceased_on"]) for c in book.customers),
    ]:
        assert all(min(day(one), last_night) <= day(row["updated_at"][:10]) for one in told if one), row


def test_the_next_premium_falls_on_the_contracts_rhythm(book):
    for p in book.policies:
        if p["frequency"] == "single":
            assert (p["premium_term_years"], p["paid_to_on"]) == ("1", "")
        elif p["paid_to_on"]:
            began, due = day(p["effective_on"]), day(p["paid_to_on"])
            months = (due.year - began.year) * 12 + due.month - began.month
            assert began + relativedelta(months=months) == due
            assert months > 0
            assert months % MONTHS[p["frequency"]] == 0
            assert months < int(p["premium_term_years"]) * 12
        elif p["status"] in LIVE and book.product[p["product_code"]]["term"] == "long":
            assert p["status"] == "paid_up"


def test_status_agrees_with_the_end_of_cover(book):
    for p in book.policies:
        ends = day(p["expires_on"])
        endowment = book.product[p["product_code"]]["category"] == "endowment"
        if p["status"] in LIVE and ends:
            assert ends >= TODAY - timedelta(days=2)
        if p["status"] == "matured":
            assert endowment
            assert ends < TODAY
        if p["status"] not in (*LIVE, "lapsed"):
            assert p["paid_to_on"] == ""


def test_what_a_policy_is_worth_fits_its_product(book):
    for p in book.policies:
        product = book.product[p["product_code"]]
        assert bool(p["account_value"]) == (product["design_type"] in ("universal", "unit_linked"))
        assert Decimal(p["premium"]) > 0
        assert Decimal(p["sum_assured"]) > 0
        assert bool(p["loan_balance"]) == bool(p["loan_due_on"])
        if p["loan_balance"] and p["status"] != "lapsed":
            assert Decimal(p["loan_balance"]) < Decimal(p["cash_value"])
        if p["status"] in ("surrendered", "matured", "terminated", "claimed") and p["cash_value"]:
            assert Decimal(p["cash_value"]) == 0
        assert bool(p["proof_of_life_due_on"]) <= (product["category"] == "annuity")


def test_all_statuses_frequencies_and_ages_occur():
    book = written_book()
    statuses = Counter(p["status"] for p in book.policies)
    assert set(statuses) == {*LIVE, "lapsed", "matured", "surrendered", "terminated", "claimed"}
    assert statuses["in_force"] > len(book.policies) / 2
    assert set(Counter(p["frequency"] for p in book.policies)) == {*MONTHS, "single"}
    years = {int(p["effective_on"][:4]) for p in book.policies}
    assert years >= set(range(2015, 2027))
    assert min(years) <= 2008
