"""What is outstanding, until when, what it will cost, and how much of it is expected to expire."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from points.actions.end_hold import void_hold
from points.actions.lapse_lots import lapse_lots
from points.actions.merge_points import merge_points
from points.actions.open_hold import open_hold
from points.actions.seal_postings import seal_postings
from points.actions.spend import spend
from points.auditing import LedgerDiffers
from points.liability import Breakage, books, breakage, outstanding
from points.member_ledger import ledger_page, member_ledger
from points.models import LedgerAudit, System
from points.queries import system_totals
from points.tasks import audit_ledger
from tests.points.test_merging_and_closing import in_days, owe


def use(member, points: int, key: str) -> int:
    return spend(member_id=member.pk, points=points, scope="test", key=key, reason="TEA-1").posting_id


def reckon() -> Breakage:
    return breakage(outstanding().ended, system_totals()[System.EXPIRY])


def test_nothing_yet(db):
    found = outstanding()
    assert (found.points, found.owed, found.ended, found.months, found.cost) == (0, 0, 0, [], 0)
    assert reckon().share is None
    assert reckon().of(100) is None


def test_months_say_until_when(alice, bob, earn, clock, django_assert_num_queries):
    """It is the first of March 2100. What ends with a year ends in its December."""
    earn(alice, 100)
    earn(alice, 50, available_at=in_days(3))
    earn(bob, 30, expires_at=in_days(31))
    open_hold(member_id=alice.pk, points=40, scope="test", key="a", reason="TEA-1", expires_at=in_days(1))
    with django_assert_num_queries(2):
        found = outstanding()
    assert [(f"{month.begins:%Y-%m}", month.usable, month.pending, month.held) for month in found.months] == [
        ("2100-04", 30, 0, 0),
        ("2102-12", 60, 50, 40),
    ]
    assert (found.usable, found.pending, found.held, found.points) == (90, 50, 40, 180)
    assert found.cost == Decimal("1.80")


def test_what_members_owe_and_what_has_ended(alice, bob, earn, clock):
    owe(bob, earn, 70)
    earn(alice, 30, expires_at=in_days(2))
    clock.shift(timedelta(days=2))
    found = outstanding()
    assert (found.points, found.owed, found.ended) == (0, 70, 30)


def test_breakage_is_what_expired_of_what_has_ended(alice, earn, clock):
    earn(alice, 100, expires_at=in_days(10))
    use(alice, 60, "a")
    earn(alice, 500)
    use(alice, 5, "b")
    clock.shift(timedelta(days=11))
    assert reckon() == Breakage(points=100, expired=35)
    lapse_lots()
    assert reckon() == Breakage(points=100, expired=35)
    assert reckon().share == Decimal("0.35")
    assert reckon().of(500) == 175
    assert reckon().of(1000) == 350
    assert reckon().of(1001) is None  # too few have come to their end


def test_points_that_went_on_are_counted_where_they_end(alice, bob, earn, clock):
    earn(bob, 100, expires_at=in_days(10))
    hold = open_hold(member_id=bob.pk, points=40, scope="test", key="a", reason="TEA-1", expires_at=in_days(20))
    merge_points(kept_id=alice.pk, closed_id=bob.pk)
    clock.shift(timedelta(days=11))
    lapse_lots()
    assert reckon() == Breakage(points=100, expired=60)
    void_hold(hold_id=hold.pk)  # forty are good for the grace
    assert reckon() == Breakage(points=60, expired=60)
    clock.shift(timedelta(days=31))
    lapse_lots()
    assert reckon() == Breakage(points=100, expired=100)


def test_books_say_how_far_they_are_sealed_and_compared(alice, earn):
    earn(alice, 10)
    found = books()
    assert (found.seal, found.unsealed, found.audit) == (None, 1, None)
    seal_postings()
    audit_ledger()
    found = books()
    assert (found.seal.number, found.unsealed, found.audit.difference) == (1, 0, "")
    assert found.totals[System.ISSUANCE] == -10


@pytest.mark.django_db
def test_difference_is_on_record(bob, earn):
    earn(bob, 10)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE points_account SET balance = 11")
        cursor.execute("SET session_replication_role = DEFAULT")
    with pytest.raises(LedgerDiffers):
        audit_ledger()
    assert "account.balance and its entries" in LedgerAudit.objects.get().difference


def test_ledger_page_shows_debt_too_and_turns(alice, earn):
    owe(alice, earn, 40)
    for _ in range(5):
        earn(alice, 10)
    first = ledger_page(alice.pk, size=4)
    rest = ledger_page(alice.pk, before=first.older, size=100)
    told = [(entry.account.kind, entry.amount) for entry in [*first.entries, *rest.entries]]
    assert told == [
        ("points", 10),
        *[("debt", 10)] * 4,
        ("debt", -40),
        ("points", -40),
        ("points", 40),
    ]
    assert rest.older is None
    assert ledger_page(alice.pk, before=0).entries == []


def test_page_costs_the_same_however_long_the_history(alice, earn, django_assert_num_queries):
    for _ in range(8):
        earn(alice, 10)
    with django_assert_num_queries(2):
        ledger_page(alice.pk, size=3)
    with django_assert_num_queries(5):
        found = member_ledger(alice.pk, timezone.now())
    assert len(found.lots) == 8
    assert not found.more_lots
