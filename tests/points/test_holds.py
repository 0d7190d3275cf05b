"""Setting points aside, using them, and setting them free."""

from datetime import timedelta

import pytest
from django.utils import timezone

from points import terms
from points.actions.end_hold import capture_hold, time_out_holds, void_hold
from points.actions.lapse_lots import lapse_lots
from points.actions.open_hold import open_hold
from points.actions.post_batch import post_batch
from points.actions.spend import spend
from points.actions.undo import reverse
from points.models import Hold, Lot, Posting
from points.queries import balance_of
from points.refusals import (
    HoldEnded,
    InsufficientPoints,
    KeyConflict,
    MoreThanHeld,
    PointsNotPositive,
    PointsNotWhole,
    UnknownHold,
    UnknownMember,
    UnusableDates,
)
from points.requests import Capture, Spending


def set_aside(member, points: int, key: str = "a", days: float = 1) -> Hold:
    until = timezone.now() + timedelta(days=days)
    return open_hold(member_id=member.pk, points=points, scope="test", key=key, reason="PHONE-10", expires_at=until)


def test_hold_and_capture(alice, earn):
    earn(alice, 100)
    hold = set_aside(alice, 60)
    assert (balance_of(alice.pk).available, balance_of(alice.pk).held) == (40, 60)
    with pytest.raises(InsufficientPoints):
        spend(member_id=alice.pk, points=41, scope="test", key="x", reason="test")
    booked = capture_hold(hold_id=hold.pk, cause="redemption:1")
    assert (booked.points, booked.balance) == (-60, 40)
    hold.refresh_from_db()
    assert (hold.state, hold.captured, hold.posting_id) == (Hold.State.CAPTURED, 60, booked.posting_id)
    assert Posting.objects.get(pk=booked.posting_id).reason == "PHONE-10"
    assert balance_of(alice.pk).held == 0


def test_capture_in_part_frees_the_rest(alice, earn):
    earn(alice, 100)
    hold = set_aside(alice, 60)
    assert capture_hold(hold_id=hold.pk, points=25).balance == 75
    assert balance_of(alice.pk).available == 75


def test_capture_again_answers_what_was_booked(alice, earn):
    earn(alice, 100)
    hold = set_aside(alice, 60)
    first = capture_hold(hold_id=hold.pk)
    again = capture_hold(hold_id=hold.pk)
    assert (again.posting_id, again.replayed) == (first.posting_id, True)
    with pytest.raises(KeyConflict):
        capture_hold(hold_id=hold.pk, points=25)
    with pytest.raises(HoldEnded):
        void_hold(hold_id=hold.pk)
    assert balance_of(alice.pk).available == 40


def test_of_two_captures_in_a_batch_the_second_is_refused(alice, bob, earn):
    earn(alice, 100)
    earn(bob, 100)
    hold = set_aside(alice, 60)
    first, second, other = post_batch(
        [
            Capture(member_id=alice.pk, hold_id=hold.pk, scope="t", key="1", reason="r"),
            Capture(member_id=alice.pk, hold_id=hold.pk, scope="t", key="2", reason="r"),
            Spending(member_id=bob.pk, points=10, scope="t", key="3", reason="r"),
        ]
    )
    assert isinstance(second, HoldEnded)
    assert (first.balance, other.balance, balance_of(alice.pk).available) == (40, 90, 40)


def test_a_capture_leaves_what_is_free_to_the_rest_of_its_batch(alice, earn):
    earn(alice, 50)
    earn(alice, 50)
    hold = set_aside(alice, 60)
    captured, spent, refused = post_batch(
        [
            Capture(member_id=alice.pk, hold_id=hold.pk, scope="t", key="1", reason="r"),
            Spending(member_id=alice.pk, points=40, scope="t", key="2", reason="r"),
            Spending(member_id=alice.pk, points=1, scope="t", key="3", reason="r"),
        ]
    )
    assert (captured.balance, spent.balance) == (40, 0)
    assert isinstance(refused, InsufficientPoints)
    assert list(Lot.objects.order_by("pk").values_list("remaining", "held")) == [(0, 0), (0, 0)]


def test_void_frees_and_may_come_twice(alice, earn):
    earn(alice, 100)
    hold = set_aside(alice, 60)
    for _ in range(2):
        assert void_hold(hold_id=hold.pk).state == Hold.State.VOIDED
    with pytest.raises(HoldEnded):
        capture_hold(hold_id=hold.pk)
    assert balance_of(alice.pk).available == 100


def test_same_key_is_one_hold(alice, earn, clock):
    earn(alice, 100)
    assert set_aside(alice, 60) == set_aside(alice, 60)
    assert balance_of(alice.pk).held == 60
    with pytest.raises(KeyConflict):
        set_aside(alice, 61)
    with pytest.raises(KeyConflict):
        set_aside(alice, 60, days=2)


@pytest.mark.parametrize(("points", "refusal"), [(0, PointsNotPositive), (1.5, PointsNotWhole), (61, MoreThanHeld)])
def test_captures_that_are_refused(alice, earn, points, refusal):
    earn(alice, 100)
    hold = set_aside(alice, 60)
    with pytest.raises(refusal):
        capture_hold(hold_id=hold.pk, points=points)
    assert balance_of(alice.pk).held == 60


def test_holds_that_are_refused(alice, earn):
    earn(alice, 100)
    with pytest.raises(InsufficientPoints):
        set_aside(alice, 101)
    with pytest.raises(UnusableDates):
        set_aside(alice, 10, days=-1)
    with pytest.raises(UnknownMember):
        open_hold(
            member_id=987654,
            points=1,
            scope="t",
            key="k",
            reason="r",
            expires_at=timezone.now() + timedelta(days=1),
        )
    for verb in (capture_hold, void_hold):
        with pytest.raises(UnknownHold):
            verb(hold_id=987654)
    assert not Hold.objects.exists()


def test_hold_times_out(alice, earn, clock):
    earn(alice, 100)
    short, long = set_aside(alice, 10, "short", days=1), set_aside(alice, 20, "long", days=2)
    assert time_out_holds() == 0
    clock.shift(timedelta(days=1))
    assert time_out_holds() == 1
    assert (Hold.objects.get(pk=short.pk).state, Hold.objects.get(pk=long.pk).state) == ("timed_out", "open")
    assert time_out_holds() == 0
    with pytest.raises(HoldEnded):
        capture_hold(hold_id=short.pk)
    assert (balance_of(alice.pk).available, balance_of(alice.pk).held) == (80, 20)


def test_held_points_do_not_expire(alice, earn, clock):
    earn(alice, 100, expires_at=timezone.now() + timedelta(days=5))
    hold = set_aside(alice, 60, days=30)
    clock.shift(timedelta(days=6))
    assert lapse_lots() == 40
    assert capture_hold(hold_id=hold.pk).balance == 0


def test_what_comes_free_after_its_day_is_good_for_the_grace(alice, earn, clock):
    earn(alice, 100, expires_at=timezone.now() + timedelta(days=5))
    hold = set_aside(alice, 60, days=30)
    clock.shift(timedelta(days=6))
    void_hold(hold_id=hold.pk)
    lot = Lot.objects.latest("pk")
    assert (lot.points, lot.expires_at, lot.source) == (60, timezone.now() + terms.GRACE, Lot.objects.earliest("pk"))
    assert balance_of(alice.pk).available == 60
    clock.shift(terms.GRACE)
    assert balance_of(alice.pk).available == 0


def test_so_is_what_a_partial_capture_leaves(alice, earn, clock):
    earn(alice, 30, expires_at=timezone.now() + timedelta(days=5))
    earn(alice, 30, expires_at=timezone.now() + timedelta(days=50))
    hold = set_aside(alice, 60, days=30)
    clock.shift(timedelta(days=6))
    capture_hold(hold_id=hold.pk, points=20)
    # 10 of the lot that has expired come with a new date, 30 have their own still.
    assert sorted(Lot.objects.left().values_list("remaining", flat=True)) == [10, 30]
    assert balance_of(alice.pk).available == 40


def test_what_comes_free_pays_what_is_owed(alice, earn):
    accrual = earn(alice, 100)
    hold = set_aside(alice, 60)
    spend(member_id=alice.pk, points=40, scope="test", key="x", reason="test")
    reverse(posting_id=accrual.posting_id, scope="test", key="r", reason="test")
    assert (balance_of(alice.pk).owed, balance_of(alice.pk).held) == (100, 60)
    void_hold(hold_id=hold.pk)
    assert (balance_of(alice.pk).owed, balance_of(alice.pk).available) == (40, 0)
