"""What is read back of what was booked: each posting once, in order, page by page, and what it did to a debt."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from points import queries
from points.actions.accrue import accrue
from points.actions.end_hold import void_hold
from points.actions.lapse_lots import lapse_lots
from points.actions.open_hold import open_hold
from points.actions.spend import spend
from points.actions.undo import refund, reverse
from points.models import Entry, Posting
from points.queries import (
    Only,
    TooManyMovements,
    balance_of,
    months,
    owed_for,
    pending,
    set_aside,
    statement,
    statement_page,
)

Kind = Posting.Kind


def about(key: str, reason: str = "test") -> dict[str, str]:
    return {"scope": "test", "key": key, "reason": reason}


def told(page):
    return [(movement.kind.value, movement.points, movement.balance, movement.owed) for movement in page.movements]


def every(member, **asked):
    """All pages, one after another."""
    found, before = [], None
    for _ in range(200):
        page = statement_page(member.pk, before=before, **asked)
        found += page.movements
        before = page.older
        if before is None:
            return found
    raise AssertionError("it goes on for ever")


@pytest.fixture
def indebted(alice, earn):
    """Earned 100, used 80, had it taken back: 80 are owed. Then 30 and 70 came, and the last 20 were theirs."""
    claim = earn(alice, 100, reason="self_service.claim")
    used = spend(member_id=alice.pk, points=80, **about("used", "PHONE-10"))
    reverse(posting_id=claim.posting_id, **about("back", "self_service.claim"))
    earn(alice, 30)
    earn(alice, 70)
    return alice, used


def test_each_posting_is_told_once_with_what_it_did_to_a_debt(indebted):
    alice, _ = indebted
    assert told(statement_page(alice.pk)) == [
        ("accrue", 20, 20, -50),
        ("accrue", 0, None, -30),
        ("reverse", -20, 0, 80),
        ("redeem", -80, 20, 0),
        ("accrue", 100, 100, 0),
    ]


def test_what_is_taken_or_given_back_says_of_what(indebted):
    alice, used = indebted
    refund(posting_id=used.posting_id, points=10, **about("refund", "PHONE-10"))
    given, _, _, taken, *_ = statement_page(alice.pk).movements
    assert (given.undone.kind, given.undone.reason) == (Kind.REDEEM, "PHONE-10")
    assert (taken.undone.kind, taken.undone.reason) == (Kind.ACCRUE, "self_service.claim")


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("only", [None, *Only])
def test_pages_hold_every_movement_once_and_in_order(indebted, earn, size, only):
    alice, _ = indebted
    accrue(member_id=alice.pk, points=5, expires_at=timezone.now() + timedelta(seconds=1), **about("short"))
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        lapse_lots()
    whole = statement_page(alice.pk, size=100, only=only).movements
    assert every(alice, size=size, only=only) == whole
    assert [movement.entry_id for movement in whole] == sorted({m.entry_id for m in whole}, reverse=True)
    assert len(whole) == {None: 7, Only.EARNED: 4, Only.USED: 2, Only.EXPIRED: 1}[only]


@pytest.mark.parametrize("only", list(Only))
def test_what_is_rare_is_found_some_pages_later(indebted, earn, monkeypatch, only):
    alice, _ = indebted
    whole = statement_page(alice.pk, only=only).movements
    monkeypatch.setattr(queries, "LOOKED_THROUGH", 1)
    assert every(alice, only=only) == whole


def test_points_that_got_a_new_date_moved_nowhere(alice, earn):
    now = timezone.now()
    earn(alice, 50, expires_at=now + timedelta(days=1))
    hold = open_hold(member_id=alice.pk, points=50, expires_at=now + timedelta(days=9), **about("hold", "PHONE-10"))
    with time_machine.travel(now + timedelta(days=2)):
        void_hold(hold_id=hold.pk)
    assert told(statement_page(alice.pk)) == [("extend", 0, 50, 0), ("accrue", 50, 50, 0)]
    assert [month.used for month in months(alice.pk, since=now - timedelta(days=40))] == [0]
    assert told(statement_page(alice.pk, only=Only.EARNED)) == [("accrue", 50, 50, 0)]


def test_a_place_of_somebody_else_shows_nothing(alice, bob, earn):
    earn(bob, 10)
    earn(alice, 10)
    earn(bob, 10)
    theirs = Entry.objects.of_member(bob.pk).latest("pk").pk
    assert statement_page(alice.pk, before=theirs).movements == []
    assert statement_page(alice.pk, before=2**62).movements == []


def test_whoever_never_had_points_has_an_empty_statement(bob):
    assert statement_page(bob.pk).movements == [] and statement_page(bob.pk, only=Only.USED).older is None
    now = timezone.now()
    found = statement(bob.pk, since=now - timedelta(days=1), until=now, at_most=10)
    assert (found.opening, found.movements, found.closing, found.sums) == (0, [], 0, {})
    assert (pending(bob.pk), set_aside(bob.pk), owed_for(bob.pk)) == ([], [], [])


def test_a_statement_opens_and_closes_with_the_balance(indebted):
    alice, _ = indebted
    entries = list(Entry.objects.of_member(alice.pk).order_by("pk"))
    second = entries[1].posted_at
    found = statement(alice.pk, since=second, until=timezone.now() + timedelta(hours=1), at_most=10)
    assert (found.opening, found.closing) == (100, 20)
    assert [movement.points for movement in found.movements] == [-80, -20, 0, 20]
    assert found.sums == {Kind.REDEEM: -80, Kind.REVERSE: -20, Kind.ACCRUE: 20}
    before = statement(alice.pk, since=second - timedelta(days=1), until=second, at_most=10)
    assert (before.opening, before.closing) == (0, 100)
    with pytest.raises(TooManyMovements):
        statement(alice.pk, since=second, until=timezone.now() + timedelta(hours=1), at_most=3)


def test_the_debt_is_told_since_it_began(indebted, earn):
    alice, _ = indebted
    assert balance_of(alice.pk).owed == 0 and owed_for(alice.pk) == []
    again = earn(alice, 10)
    spend(member_id=alice.pk, points=30, **about("all"))
    reverse(posting_id=again.posting_id, **about("again"))
    earn(alice, 4)
    assert [movement.owed for movement in owed_for(alice.pk)] == [-4, 10]


def test_what_is_on_the_way_and_what_is_set_aside(alice, earn):
    now = timezone.now()
    for days, points in ((3, 5), (1, 7), (3, 6)):
        earn(
            alice, points, available_at=(now + timedelta(days=days)).replace(hour=4, minute=0, second=0, microsecond=0)
        )
    earn(alice, 100)
    open_hold(member_id=alice.pk, points=60, expires_at=now + timedelta(days=1), **about("hold", "PHONE-10"))
    assert [each.points for each in pending(alice.pk)] == [7, 11]
    assert [(each.points, each.reason) for each in set_aside(alice.pk)] == [(60, "PHONE-10")]


def test_a_page_costs_the_same_however_much_there_is(alice, earn, django_assert_num_queries):
    for _ in range(45):
        earn(alice, 1)
    with django_assert_num_queries(2):
        page = statement_page(alice.pk)
    with django_assert_num_queries(3):
        statement_page(alice.pk, before=page.older)
