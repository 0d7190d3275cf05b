"""Earning and using points: keys, dates, and everything that is refused by name."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from points.actions.accrue import accrue
from points.actions.post_batch import post_batch, post_one
from points.actions.spend import spend
from points.models import Account, Entry, Lot, Posting, System
from points.queries import balance_of
from points.refusals import (
    InsufficientPoints,
    KeyConflict,
    NotReversible,
    PointsNotPositive,
    PointsNotWhole,
    PointsTooMany,
    UnknownMember,
    UnknownPosting,
    UnusableDates,
)
from points.requests import Accrual, Adjustment, Booked, Reversal, Spending
from points.terms import SHANGHAI, expiry
from tests.points.by_hand import adjust

LARGEST = 2**63 - 1


def about(key: str) -> dict[str, str]:
    return {"scope": "test", "key": key, "reason": "test"}


def written() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Account, Posting, Entry, Lot))


def test_earned_points_can_be_used(alice):
    earned = accrue(member_id=alice.pk, points=100, cause="event:1", **about("a"))
    assert (earned.points, earned.balance, earned.replayed) == (100, 100, False)
    used = spend(member_id=alice.pk, points=30, **about("b"))
    assert (used.points, used.balance) == (-30, 70)
    assert balance_of(alice.pk).available == 70
    posting = Posting.objects.get(pk=used.posting_id)
    assert {(entry.system, entry.amount) for entry in posting.entries.all()} == {(System.REDEMPTION, 30), (None, -30)}


def test_same_key_is_booked_once_and_answers_what_it_did(alice, earn):
    earn(alice, 1000)
    first = spend(member_id=alice.pk, points=30, **about("a"))
    earn(alice, 5)
    again = spend(member_id=alice.pk, points=30, **about("a"))
    assert again == Booked(first.posting_id, alice.pk, -30, 970, replayed=True)
    assert balance_of(alice.pk).available == 975


@pytest.mark.parametrize(
    "other", [{"points": 31}, {"reason": "another"}, {"cause": "another"}, {"to": System.DONATION}]
)
def test_same_key_with_other_content_is_a_conflict(alice, earn, other):
    earn(alice, 1000)
    spend(**{"member_id": alice.pk, "points": 30, **about("a")})
    before = written()
    with pytest.raises(KeyConflict):
        spend(**{"member_id": alice.pk, "points": 30, **about("a"), **other})
    assert written() == before


def test_same_key_for_another_member_is_a_conflict(alice, bob):
    accrue(member_id=alice.pk, points=30, **about("a"))
    with pytest.raises(KeyConflict):
        accrue(member_id=bob.pk, points=30, **about("a"))
    assert balance_of(bob.pk).available == 0


def test_same_moment_in_another_zone_is_the_same_content(alice):
    noon = datetime(2100, 5, 1, 12, tzinfo=UTC)
    first = accrue(member_id=alice.pk, points=30, expires_at=noon, **about("a"))
    assert accrue(member_id=alice.pk, points=30, expires_at=noon.astimezone(SHANGHAI), **about("a")) == Booked(
        first.posting_id, alice.pk, 30, 30, replayed=True
    )


@pytest.mark.parametrize(
    ("points", "refusal"),
    [
        (0, PointsNotPositive),
        (-5, PointsNotPositive),
        (1.0, PointsNotWhole),
        (Decimal(5), PointsNotWhole),
        ("5", PointsNotWhole),
        (True, PointsNotWhole),
        (None, PointsNotWhole),
        (LARGEST + 1, PointsTooMany),
    ],
)
@pytest.mark.parametrize("verb", [accrue, spend])
def test_points_that_are_none(alice, earn, verb, points, refusal):
    earn(alice, 10)
    before = written()
    with pytest.raises(refusal):
        verb(member_id=alice.pk, points=points, **about("a"))
    assert written() == before


def test_more_than_an_account_holds(alice):
    accrue(member_id=alice.pk, points=LARGEST, **about("a"))
    with pytest.raises(PointsTooMany):
        accrue(member_id=alice.pk, points=1, **about("b"))
    with pytest.raises(PointsTooMany):
        post_one(Adjustment(member_id=alice.pk, points=1, **about("c")))
    assert balance_of(alice.pk).available == LARGEST


@pytest.mark.parametrize("verb", [accrue, spend])
@pytest.mark.parametrize("called", [lambda _: 987654, lambda pk: pk + 0.4, str, lambda _: None])
def test_member_whom_nobody_knows(alice, verb, called):
    with pytest.raises(UnknownMember):
        verb(member_id=called(alice.pk), points=5, **about("a"))
    assert written() == (0, 0, 0, 0)


def test_too_few_points(alice, earn):
    earn(alice, 70)
    before = written()
    with pytest.raises(InsufficientPoints) as refusal:
        spend(member_id=alice.pk, points=100, **about("a"))
    assert (refusal.value.available, refusal.value.missing) == (70, 30)
    assert str(refusal.value) == "还差 30 积分：需要 100 积分，目前可用 70 积分。"
    with translation.override("en"):
        assert str(refusal.value) == "30 points are missing: 100 are needed, and 70 can be used now."
    assert written() == before


def test_points_that_expire_before_they_can_be_used(alice, clock):
    now = timezone.now()
    for dates in (
        {"available_at": now, "expires_at": now},
        {"expires_at": now - timedelta(seconds=1)},
        {"available_at": now + timedelta(days=5 * 366)},
        {"available_at": datetime(2100, 1, 1)},
    ):
        with pytest.raises(UnusableDates):
            accrue(member_id=alice.pk, points=5, **dates, **about("a"))
    assert written()[1:] == (0, 0, 0)


@pytest.mark.parametrize("field", ["scope", "key", "reason", "cause"])
def test_texts_that_do_not_fit_are_refused_before_anything_is_asked(alice, field):
    with pytest.raises(ValueError, match="scope, key, reason and cause"):
        accrue(**{"member_id": alice.pk, "points": 5, **about("a"), field: "x" * 201})


def test_pending_points_can_be_used_later(alice, earn, clock):
    earn(alice, 40, available_at=timezone.now() + timedelta(days=7))
    balance = balance_of(alice.pk)
    assert (balance.available, balance.pending) == (0, 40)
    with pytest.raises(InsufficientPoints):
        spend(member_id=alice.pk, points=1, **about("a"))
    clock.shift(timedelta(days=7))
    assert balance_of(alice.pk).pending == 0
    spend(member_id=alice.pk, points=40, **about("a"))


def test_expired_points_are_not_spent_even_before_the_job_has_run(alice, earn, clock):
    earn(alice, 40, expires_at=timezone.now() + timedelta(days=1))
    clock.shift(timedelta(days=1))
    assert balance_of(alice.pk).available == 0
    with pytest.raises(InsufficientPoints):
        spend(member_id=alice.pk, points=1, **about("a"))


def test_what_expires_first_is_used_first(alice, earn, clock):
    for points, days in ((30, 30), (10, 10), (20, 20)):
        earn(alice, points, expires_at=timezone.now() + timedelta(days=days))
    spend(member_id=alice.pk, points=25, **about("a"))
    assert list(Lot.objects.first_expiring_first().values_list("points", "remaining")) == [(10, 0), (20, 5), (30, 30)]


def test_points_end_with_the_second_year_after_they_were_earned():
    new_years_eve = datetime(2026, 12, 31, 23, 59, tzinfo=SHANGHAI)
    assert expiry(new_years_eve) == datetime(2029, 1, 1, tzinfo=SHANGHAI)
    assert expiry(new_years_eve + timedelta(minutes=1)) == datetime(2030, 1, 1, tzinfo=SHANGHAI)
    # Eight hours earlier the year is still the old one in UTC; the programme's year is Shanghai's.
    assert expiry(datetime(2026, 12, 31, 16, 30, tzinfo=UTC)) == datetime(2030, 1, 1, tzinfo=SHANGHAI)


def test_batch_books_what_it_can(alice, bob):
    accrue(member_id=alice.pk, points=50, **about("before"))
    outcomes = post_batch(
        [
            Spending(member_id=alice.pk, points=30, **about("a")),
            Spending(member_id=alice.pk, points=30, **about("b")),
            Accrual(member_id=bob.pk, points=7, **about("c")),
            Accrual(member_id=987654, points=7, **about("d")),
            Spending(member_id=alice.pk, points=20, **about("e")),
            Accrual(member_id=bob.pk, points=7, **about("c")),
            Accrual(member_id=bob.pk, points=8, **about("c")),
        ]
    )
    assert [type(outcome) for outcome in outcomes] == [
        Booked,
        InsufficientPoints,
        Booked,
        UnknownMember,
        Booked,
        Booked,
        KeyConflict,
    ]
    assert (outcomes[4].balance, outcomes[5].replayed, outcomes[5].posting_id) == (0, True, outcomes[2].posting_id)
    assert (balance_of(alice.pk).available, balance_of(bob.pk).available) == (0, 7)


def test_what_is_refused_books_nothing(alice, bob, earn):
    """Of an account that was opened for it nothing can be told but that it is there."""
    used = spend(member_id=alice.pk, points=earn(alice, 5).points, **about("a")).posting_id
    before = written()[1:]
    outcomes = post_batch(
        [
            Spending(member_id=bob.pk, points=1, **about("b")),
            Reversal(member_id=bob.pk, posting_id=987654, **about("c")),
            Reversal(member_id=alice.pk, posting_id=used, **about("d")),
        ]
    )
    assert [type(outcome) for outcome in outcomes] == [InsufficientPoints, UnknownPosting, NotReversible]
    assert written()[1:] == before
    assert set(Account.objects.values_list("balance", "held")) == {(0, 0)}


def test_batch_uses_only_what_stood_before_it(alice):
    outcomes = post_batch(
        [Accrual(member_id=alice.pk, points=50, **about("a")), Spending(member_id=alice.pk, points=30, **about("b"))]
    )
    assert isinstance(outcomes[1], InsufficientPoints)
    assert post_batch([]) == []


@pytest.mark.parametrize("points", [40, -40])
def test_adjustment_gives_or_takes(alice, earn, points):
    earn(alice, 100)
    adjustment = adjust(alice, points)
    assert balance_of(alice.pk).available == 100 + points
    assert adjustment.posting.posted_by == adjustment.proposed_by
    with pytest.raises(InsufficientPoints):
        post_one(Adjustment(member_id=alice.pk, points=-1000, **about("b")))
    with pytest.raises(PointsNotPositive):
        Adjustment(member_id=alice.pk, points=0, **about("c"))
