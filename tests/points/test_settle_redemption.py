"""People end what no machine could: staff what is in doubt, members what is held back."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from wagtail.models import ModelLogEntry

from members.actions.serve_member import OwnAccount
from members.models import Member
from members.roles import Role
from points import events
from points.actions import fulfil_redemption as fulfilling
from points.actions.cancel_redemption import cancel_redemption
from points.actions.fulfil_redemption import fulfil_redemption
from points.actions.settle_redemption import settle_redemption
from points.actions.show_voucher import show_voucher
from points.models import Redemption, Reward, VoucherCode
from points.queries import balance_of
from points.rewards.providers import Answer, Outcome
from points.rewards.refusals import BeingAsked, NotDelivered, NotInDoubt, TooLateToCancel
from tests.members.accounts import AT_WEB, staff
from tests.points.reward_cast import (
    DONATE,
    PHONE,
    TELEDOC,
    change,
    earn,
    fill_pool,
    hold_back,
    in_doubt,
    make_project,
    redeem,
    redeemer,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rewards")]
State = Redemption.State
DAY = timedelta(days=1)


@pytest.fixture
def manager():
    return staff(Role.BENEFITS_MANAGER)


@pytest.fixture
def doubtful():
    """A top-up of which the provider has told nothing for a day."""
    change(PHONE, stock=3)
    return in_doubt()


def points_of(redemption):
    balance = balance_of(redemption.member_id)
    return balance.available, balance.held


def test_staff_settle_it_as_delivered(doubtful, manager):
    settle_redemption(
        redemption_id=doubtful.pk, delivered=True, by=manager, because="Confirmed by phone", provider_reference=" T77 "
    )
    doubtful.refresh_from_db()
    assert (doubtful.state, doubtful.provider_reference, doubtful.settled_by) == (State.DELIVERED, "T77", manager)
    assert (doubtful.settled_because, points_of(doubtful)) == ("Confirmed by phone", (9_000, 0))
    entry = ModelLogEntry.objects.get(action="points.settle_redemption")
    assert (entry.user, entry.data) == (manager, {"delivered": True})


def test_staff_settle_it_as_failed_and_the_points_are_back(doubtful, manager):
    settle_redemption(redemption_id=doubtful.pk, delivered=False, by=manager, because="Never arrived")
    doubtful.refresh_from_db()
    assert (doubtful.state, doubtful.failure, points_of(doubtful)) == (State.FAILED, "by_staff", (10_000, 0))
    assert Reward.objects.get(sku=PHONE).stock == 3


def test_points_that_expired_in_the_meantime_are_good_for_a_while(manager):
    soon = timezone.now() + timedelta(days=2)
    alice = redeemer(0)
    earn(alice, 1_000, expires_at=soon)
    redemption = redeem(alice, PHONE)
    with time_machine.travel(soon + DAY):
        claimed, _ = fulfilling.claim(redemption.pk)
        fulfilling.settle(
            is_new=False, redemption_id=redemption.pk, attempt=claimed.attempts, answer=Answer(Outcome.REFUSED)
        )
        assert balance_of(alice.pk).available == 1_000


def test_nobody_settles_their_own(doubtful):
    own = doubtful.member
    own.is_staff = True
    own.save()
    own.groups.add(Group.objects.get(name=Role.BENEFITS_MANAGER))
    with pytest.raises(OwnAccount):
        settle_redemption(redemption_id=doubtful.pk, delivered=False, by=own, because="It never came")
    assert points_of(doubtful) == (9_000, 1_000)


@pytest.mark.parametrize("role", [Role.ANALYST, Role.SERVICE_AGENT, Role.APPROVER])
def test_only_who_may(doubtful, role):
    with pytest.raises(PermissionDenied):
        settle_redemption(redemption_id=doubtful.pk, delivered=False, by=staff(role), because="x")


@pytest.mark.parametrize(
    "given",
    [{"delivered": False, "because": " "}, {"delivered": True, "because": "x", "provider_reference": " "}],
)
def test_a_reason_is_needed_and_of_what_was_delivered_a_reference(doubtful, manager, given):
    with pytest.raises(ValueError, match="is needed"):
        settle_redemption(redemption_id=doubtful.pk, by=manager, **given)
    doubtful.refresh_from_db()
    assert doubtful.state == State.DOUBTFUL


def test_not_while_the_provider_is_asked(doubtful, manager):
    with time_machine.travel(timezone.now() + 2 * DAY):
        claimed, _ = fulfilling.claim(doubtful.pk)
        with pytest.raises(BeingAsked):
            settle_redemption(redemption_id=doubtful.pk, delivered=False, by=manager, because="x")
        fulfilling.settle(
            is_new=False, redemption_id=doubtful.pk, attempt=claimed.attempts, answer=Answer(Outcome.UNCERTAIN)
        )
        settle_redemption(redemption_id=doubtful.pk, delivered=False, by=manager, because="x")


def test_what_is_not_in_doubt_is_not_settled(manager, doubtful):
    settle_redemption(redemption_id=doubtful.pk, delivered=False, by=manager, because="x")
    on_its_way = redeem(redeemer(), PHONE)
    donated = redeem(redeemer(), DONATE, project_id=make_project().pk)
    for redemption in (doubtful, on_its_way, donated):
        with pytest.raises(NotInDoubt):
            settle_redemption(redemption_id=redemption.pk, delivered=False, by=manager, because="x")


def test_the_providers_answer_after_staff_decided_changes_nothing(doubtful, manager):
    settle_redemption(redemption_id=doubtful.pk, delivered=False, by=manager, because="x")
    fulfilling.settle(
        is_new=False, redemption_id=doubtful.pk, attempt=doubtful.attempts, answer=Answer(Outcome.DELIVERED, "T1")
    )
    doubtful.refresh_from_db()
    assert (doubtful.state, doubtful.provider_reference, points_of(doubtful)) == (State.FAILED, "", (10_000, 0))


@pytest.fixture
def held_back():
    hold_back()


@pytest.mark.usefixtures("held_back")
def test_what_is_held_back_waits_with_its_code_and_then_goes_ahead():
    fill_pool(TELEDOC, "A")
    alice = redeemer()
    redemption = redeem(alice, TELEDOC)
    assert (redemption.state, points_of(redemption)) == (State.ASKED, (9_200, 800))
    with pytest.raises(NotDelivered):
        show_voucher(member=alice, redemption_id=redemption.pk, context=AT_WEB)
    fulfil_redemption(redemption_id=redemption.pk)
    redemption.refresh_from_db()
    assert redemption.state == State.ASKED
    with time_machine.travel(timezone.now() + DAY):
        fulfil_redemption(redemption_id=redemption.pk)
    redemption.refresh_from_db()
    assert (redemption.state, points_of(redemption)) == (State.DELIVERED, (9_200, 0))


@pytest.mark.usefixtures("held_back")
def test_a_member_calls_off_what_is_held_back_and_the_code_goes_to_somebody_else():
    told = []
    events.redemption_cancelled.connect(note := lambda fact, **_: told.append(fact))
    change(TELEDOC, limit_count=1)
    fill_pool(TELEDOC, "A")
    alice = redeemer()
    redemption = redeem(alice, TELEDOC)
    cancel_redemption(member=alice, redemption_id=redemption.pk)
    redemption.refresh_from_db()
    assert (redemption.state, points_of(redemption)) == (State.CANCELLED, (10_000, 0))
    assert told == [events.RedemptionCancelled(redemption.pk, alice.pk, TELEDOC, 800)]
    assert redeem(alice, TELEDOC).voucher == VoucherCode.objects.get()
    with pytest.raises(TooLateToCancel):
        cancel_redemption(member=alice, redemption_id=redemption.pk)
    events.redemption_cancelled.disconnect(note)


@pytest.mark.usefixtures("held_back")
def test_what_is_held_back_is_called_off_when_the_account_was_blocked_meanwhile():
    redemption = redeem(redeemer(), PHONE)
    Member.objects.filter(pk=redemption.member_id).update(is_active=False)
    with time_machine.travel(timezone.now() + DAY + timedelta(minutes=1)):
        assert fulfilling.claim(redemption.pk) is None
    redemption.refresh_from_db()
    assert (redemption.state, redemption.ordered_at) == (State.CANCELLED, None)
    assert points_of(redemption) == (10_000, 0)


def test_a_member_calls_off_what_no_provider_has_taken():
    """Not sent yet, or turned away as often as it was sent."""
    change(PHONE, stock=3)
    new, turned_away = redeem(redeemer(), PHONE), redeem(redeemer(), PHONE)
    answered(turned_away, Outcome.NOT_TAKEN)
    for redemption in (new, turned_away):
        cancel_redemption(member=redemption.member, redemption_id=redemption.pk)
        redemption.refresh_from_db()
        assert (redemption.state, points_of(redemption)) == (State.CANCELLED, (10_000, 0))
        assert fulfilling.claim(redemption.pk) is None
    assert Reward.objects.get(sku=PHONE).stock == 3


@pytest.mark.parametrize("outcome", [None, Outcome.UNCERTAIN, Outcome.PENDING, Outcome.DELIVERED, Outcome.REFUSED])
def test_nobody_calls_off_what_a_provider_may_have(outcome):
    """None: it is being asked at this moment, or its worker died on the way."""
    redemption = redeem(redeemer(), PHONE)
    answered(redemption, outcome)
    before = points_of(redemption)
    for after in (timedelta(), 2 * DAY):
        with time_machine.travel(timezone.now() + after), pytest.raises(TooLateToCancel):
            cancel_redemption(member=redemption.member, redemption_id=redemption.pk)
    assert points_of(redemption) == before


def test_nobody_calls_off_what_was_ordered_once_though_it_was_turned_away_since():
    redemption = redeem(redeemer(), PHONE)
    answered(redemption, Outcome.UNCERTAIN)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        answered(redemption, Outcome.NOT_TAKEN)
        with pytest.raises(TooLateToCancel):
            cancel_redemption(member=redemption.member, redemption_id=redemption.pk)


def answered(redemption, outcome):
    claimed, is_new = fulfilling.claim(redemption.pk)
    if outcome:
        fulfilling.settle(is_new=is_new, redemption_id=redemption.pk, attempt=claimed.attempts, answer=Answer(outcome))


def test_a_stranger_calls_nothing_off():
    redemption = redeem(redeemer(), PHONE)
    with pytest.raises(Redemption.DoesNotExist):
        cancel_redemption(member=redeemer(), redemption_id=redemption.pk)


def test_what_is_there_at_once_is_not_called_off():
    fill_pool(TELEDOC, "A")
    alice = redeemer()
    redemption = redeem(alice, TELEDOC)
    with pytest.raises(TooLateToCancel):
        cancel_redemption(member=alice, redemption_id=redemption.pk)
