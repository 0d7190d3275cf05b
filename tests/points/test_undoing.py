"""Refunds go back to where the points came from; what is taken back and is not there any more is owed."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from members.roles import Role
from points import terms
from points.actions.adjust_points import decide_adjustment, propose_taking_back
from points.actions.lapse_lots import lapse_lots
from points.actions.post_batch import post_batch
from points.actions.spend import spend
from points.actions.undo import refund, reverse
from points.models import Entry, Lot, Posting, System
from points.queries import balance_of
from points.refusals import (
    AlreadyReversed,
    MoreThanWasTaken,
    NothingToBook,
    NotRefundable,
    NotReversible,
    PointsNotPositive,
    UnknownPosting,
)
from points.requests import Booked, Reversal
from tests.members.accounts import staff
from tests.points.by_hand import adjust


def use(member, points: int, key: str = "use") -> Booked:
    return spend(member_id=member.pk, points=points, scope="test", key=key, reason="PHONE-10")


def give_back(booked: Booked, points: int | None = None, key: str = "back") -> Booked:
    return refund(posting_id=booked.posting_id, points=points, scope="test", key=key, reason="PHONE-10")


def take_back(booked: Booked, key: str = "taken back") -> Booked:
    return reverse(posting_id=booked.posting_id, scope="test", key=key, reason="daily.quiz")


def in_days(days: float):
    return timezone.now() + timedelta(days=days)


def test_refund_goes_back_with_its_dates(alice, earn, clock):
    earn(alice, 30, expires_at=in_days(10))
    earn(alice, 30, expires_at=in_days(20))
    used = use(alice, 50)
    assert give_back(used, 30).balance == 40
    # First what lasts longest.
    assert list(Lot.objects.first_expiring_first().values_list("remaining", flat=True)) == [10, 30]
    assert give_back(used, key="rest").points == 20
    assert list(Lot.objects.first_expiring_first().values_list("remaining", flat=True)) == [30, 30]
    with pytest.raises(MoreThanWasTaken):
        give_back(used, key="more")
    with pytest.raises(MoreThanWasTaken):
        give_back(used, 1, key="one more")
    assert give_back(used, key="rest").replayed
    assert Lot.objects.count() == 2


def test_refund_of_a_lot_that_has_expired_is_good_for_the_grace(alice, earn, clock):
    earn(alice, 30, expires_at=in_days(10))
    earn(alice, 30, expires_at=in_days(20))
    used = use(alice, 50)
    clock.shift(timedelta(days=11))
    assert lapse_lots() == 0
    give_back(used)
    assert balance_of(alice.pk).available == 60
    grace = Lot.objects.get(source__isnull=False)
    assert (grace.points, grace.expires_at) == (30, timezone.now() + terms.GRACE)
    clock.shift(terms.GRACE)
    assert lapse_lots() == 60
    with pytest.raises(MoreThanWasTaken):
        give_back(used, 1, key="more")


def test_refund_in_parts_after_expiry_is_never_more_than_was_used(alice, earn, clock):
    earn(alice, 30, expires_at=in_days(1))
    used = use(alice, 30)
    clock.shift(timedelta(days=2))
    give_back(used, 10, key="1")
    give_back(used, 20, key="2")
    with pytest.raises(MoreThanWasTaken):
        give_back(used, 1, key="3")
    assert balance_of(alice.pk).available == 30


def test_refund_pays_what_is_owed_first(alice, earn):
    accrual = earn(alice, 100)
    used = use(alice, 100)
    take_back(accrual)
    assert balance_of(alice.pk).owed == 100
    assert give_back(used, 70).points == 0
    assert (balance_of(alice.pk).owed, balance_of(alice.pk).available) == (30, 0)
    with pytest.raises(MoreThanWasTaken):
        give_back(used, 31, key="more")
    assert give_back(used, key="rest").points == 0
    assert (balance_of(alice.pk).owed, balance_of(alice.pk).available) == (0, 0)


@pytest.mark.parametrize("kind", ["accrual", "adjustment", "unknown"])
def test_only_redemptions_are_refunded(alice, earn, kind):
    earned = earn(alice, 100)
    posting_id = earned.posting_id
    if kind == "adjustment":
        posting_id = adjust(alice, -10).posting_id
    elif kind == "unknown":
        posting_id = 987654
    with pytest.raises(UnknownPosting if kind == "unknown" else NotRefundable):
        refund(posting_id=posting_id, scope="test", key="back", reason="test")


def test_refund_of_no_points(alice, earn):
    earn(alice, 100)
    with pytest.raises(PointsNotPositive):
        give_back(use(alice, 50), 0)


def test_reversal_takes_its_own_points_first(alice, earn, clock):
    other = earn(alice, 50, expires_at=in_days(5))
    accrual = earn(alice, 100, expires_at=in_days(50))
    assert (take_back(accrual).points, take_back(accrual).replayed) == (-100, True)
    assert Lot.objects.get(posting=other.posting_id).remaining == 50
    with pytest.raises(AlreadyReversed):
        take_back(accrual, key="again")


def test_reversal_then_takes_others_and_the_rest_is_owed(alice, earn, clock):
    accrual = earn(alice, 100, expires_at=in_days(5))
    use(alice, 80)
    earn(alice, 30, expires_at=in_days(50))
    earn(alice, 10, available_at=in_days(3), expires_at=in_days(50))
    assert take_back(accrual).points == -60
    balance = balance_of(alice.pk)
    assert (balance.available, balance.pending, balance.owed) == (0, 0, 40)
    # What is earned next pays it.
    assert (earn(alice, 25).points, balance_of(alice.pk).owed) == (0, 15)
    assert (earn(alice, 25).points, balance_of(alice.pk).owed) == (10, 0)
    assert sorted(Lot.objects.left().values_list("remaining", flat=True)) == [10]


def test_reversal_of_what_has_paid_a_debt_makes_it_anew(alice, earn):
    first = earn(alice, 100)
    use(alice, 100)
    take_back(first)
    second = earn(alice, 100)
    assert balance_of(alice.pk).owed == 0
    take_back(second, key="second")
    assert balance_of(alice.pk).owed == 100


def test_reversal_leaves_what_is_set_aside(alice, earn):
    from points.actions.open_hold import open_hold

    accrual = earn(alice, 100)
    open_hold(member_id=alice.pk, points=60, scope="t", key="k", reason="r", expires_at=in_days(1))
    take_back(accrual)
    balance = balance_of(alice.pk)
    assert (balance.held, balance.owed, balance.available) == (60, 60, 0)


def test_what_lapsed_is_not_taken_again(alice, earn, clock):
    accrual = earn(alice, 100, expires_at=in_days(5))
    earn(alice, 500, expires_at=in_days(50))
    use(alice, 40)
    clock.shift(timedelta(days=6))
    assert lapse_lots() == 60
    assert take_back(accrual).points == -40
    assert balance_of(alice.pk).owed == 0
    nothing = earn(alice, 10, expires_at=in_days(1))
    clock.shift(timedelta(days=2))
    lapse_lots()
    with pytest.raises(NothingToBook):
        take_back(nothing, key="nothing")


def test_reversal_follows_points_to_their_new_date(alice, earn, clock):
    accrual = earn(alice, 100, expires_at=in_days(5))
    used = use(alice, 100)
    clock.shift(timedelta(days=6))
    give_back(used)
    earn(alice, 500, expires_at=in_days(2))
    take_back(accrual)
    assert not Lot.objects.get(source__isnull=False).remaining
    assert balance_of(alice.pk).available == 500


def test_adjustment_is_taken_back_where_it_came_from(alice, earn):
    given = adjust(alice, 10)
    asked = propose_taking_back(adjustment_id=given.pk, note="误记", request_id=uuid4(), by=given.proposed_by)
    decide_adjustment(adjustment_id=asked.pk, approve=True, by=staff(Role.BENEFITS_MANAGER))
    insurers = Entry.objects.filter(system__isnull=False).values_list("system", "amount")
    assert set(insurers) == {(System.ADJUSTMENT, -10), (System.ADJUSTMENT, 10)}


def test_only_what_was_given_is_taken_back(alice, earn):
    earn(alice, 100)
    with pytest.raises(NotReversible):
        take_back(use(alice, 50))
    taken = adjust(alice, -10)
    with pytest.raises(NotReversible):
        take_back(taken)
    with pytest.raises(UnknownPosting):
        reverse(posting_id=987654, scope="test", key="x", reason="test")


def test_two_reversals_in_a_batch_share_what_is_there(alice, earn):
    accruals = [earn(alice, 100), earn(alice, 100)]
    use(alice, 150)
    outcomes = post_batch(
        [
            Reversal(member_id=alice.pk, posting_id=booked.posting_id, scope="t", key=str(n), reason="r")
            for n, booked in enumerate([*accruals, accruals[0]])
        ]
    )
    assert [type(outcome) for outcome in outcomes] == [Booked, Booked, AlreadyReversed]
    assert balance_of(alice.pk).owed == 150
    assert Posting.objects.filter(kind="reverse").count() == 2
