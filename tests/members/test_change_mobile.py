"""Changing an account's number, also one that is lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from members.actions.change_mobile import (
    MobileTaken,
    NumberNotProved,
    SameMobile,
    change_mobile,
    mobile_request,
)
from members.assurance import CoolingDown, FactorNeeded, LevelTooLow, require_assurance
from members.events import MobileChanged, mobile_changed
from members.models import AccountEvent, Factor, Member, Proof
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import AT_WEB, OTHER_SESSION, advanced, number_proved, proved, verified

pytestmark = pytest.mark.django_db
OLD, NEW = "+8613700009999", "+8613811112222"


@pytest.fixture
def alice():
    return MemberFactory(mobile=OLD, customer=CustomerFactory(mobile=OLD))


@pytest.fixture
def told():
    """What is told of changed numbers."""
    facts = []

    def listen(fact, **_):
        facts.append(fact)

    mobile_changed.connect(listen)
    yield facts
    mobile_changed.disconnect(listen)


def test_old_and_new_number_proved_change_it(alice, told):
    proved(alice)
    before = timezone.now()
    changed = change_mobile(member=alice, proven_id=number_proved(alice, NEW), context=AT_WEB)
    alice.refresh_from_db()
    assert changed.mobile == alice.mobile == NEW
    assert Member.objects.with_mobile(NEW).get() == alice
    assert timedelta(hours=24) <= alice.cooling_until - before < timedelta(hours=24, minutes=1)
    event = AccountEvent.objects.get(kind="phone_changed")
    assert told == [MobileChanged(key=str(event.pk), member_id=alice.pk, old_mobile=OLD, new_mobile=NEW)]
    assert NEW not in repr(told) and OLD not in repr(told)
    assert event.detail == {"recovered": False}


def test_insurers_record_keeps_its_number_until_the_core_confirms(alice):
    proved(alice)
    change_mobile(member=alice, proven_id=number_proved(alice, NEW), context=AT_WEB)
    alice.customer.refresh_from_db()
    assert alice.customer.mobile == OLD


def test_nothing_risky_after_it_and_nothing_that_another_session_had_proved(alice):
    advanced(alice)
    proved(alice)
    elsewhere = proved(alice, session=OTHER_SESSION)
    change_mobile(member=alice, proven_id=number_proved(alice, NEW), context=AT_WEB)
    elsewhere.refresh_from_db()
    assert elsewhere.used_at
    with pytest.raises(CoolingDown):
        require_assurance(alice, "points.redeem", AT_WEB)


def test_without_the_old_number_proved_it_stays(alice, told):
    with pytest.raises(FactorNeeded):
        change_mobile(member=alice, proven_id=number_proved(alice, NEW), context=AT_WEB)
    alice.refresh_from_db()
    assert (alice.mobile, alice.cooling_until, told) == (OLD, None, [])


@pytest.mark.parametrize("how", ["too long ago", "in another session", "by another member", "used before"])
def test_new_number_is_proved_here_now_and_once(alice, how):
    proved(alice)
    if how == "too long ago":
        proven_id = number_proved(alice, NEW, ago=timedelta(minutes=11))
    elif how == "in another session":
        proven_id = number_proved(alice, NEW, session=OTHER_SESSION)
    elif how == "by another member":
        proven_id = number_proved(MemberFactory(), NEW)
    else:
        proven_id = number_proved(alice, NEW)
        change_mobile(member=alice, proven_id=proven_id, context=AT_WEB)
        Member.objects.update(cooling_until=None)
    with pytest.raises(NumberNotProved):
        change_mobile(member=alice, proven_id=proven_id, context=AT_WEB)


def test_number_of_another_account_is_refused(alice):
    MemberFactory(mobile=NEW)
    proved(alice)
    with pytest.raises(MobileTaken):
        change_mobile(member=alice, proven_id=number_proved(alice, NEW), context=AT_WEB)


def test_the_same_number_is_no_change(alice):
    proved(alice)
    with pytest.raises(SameMobile):
        change_mobile(member=alice, proven_id=number_proved(alice, OLD), context=AT_WEB)
    assert Member.objects.get(pk=alice.pk).cooling_until is None


def test_lost_phone_takes_a_face_for_this_very_number(alice):
    verified(alice)
    proven_id = number_proved(alice, NEW)
    for request in (b"", mobile_request("mobile.recover", "+8613899990000")):
        proved(alice, Factor.FACE, request=request)
        with pytest.raises(FactorNeeded):
            change_mobile(member=alice, proven_id=proven_id, context=AT_WEB, lost=True)
    proved(alice, Factor.FACE, request=mobile_request("mobile.recover", NEW))
    change_mobile(member=alice, proven_id=proven_id, context=AT_WEB, lost=True)
    assert Member.objects.get(pk=alice.pk).mobile == NEW
    assert AccountEvent.objects.get(kind="phone_changed").detail == {"recovered": True}


def test_who_nobody_has_verified_does_not_get_an_account_back_by_face(alice):
    proved(alice, Factor.FACE, request=mobile_request("mobile.recover", NEW))
    with pytest.raises(LevelTooLow):
        change_mobile(member=alice, proven_id=number_proved(alice, NEW), context=AT_WEB, lost=True)


def test_account_whose_number_was_taken_off_gets_none_by_itself(alice):
    """A request that waited while staff took it off."""
    proved(alice)
    proven_id = number_proved(alice, NEW)
    Member.objects.update(mobile="", mobile_index=None)
    with pytest.raises(NumberNotProved):
        change_mobile(member=alice, proven_id=proven_id, context=AT_WEB)


def test_cooling_never_gets_shorter(alice):
    """Three days after an unblocking stay three days."""
    later = timezone.now() + timedelta(hours=72)
    Member.objects.update(cooling_until=later)
    proved(alice)
    assert change_mobile(member=alice, proven_id=number_proved(alice, NEW), context=AT_WEB).cooling_until == later


@pytest.mark.django_db(transaction=True)
def test_of_two_accounts_that_take_one_number_at_once_one_gets_it():
    members = [MemberFactory(), MemberFactory()]
    for member in members:
        proved(member)
    ids = [number_proved(member, NEW) for member in members]
    together = Barrier(2)

    def change(number):
        try:
            together.wait(10)
            change_mobile(member=members[number], proven_id=ids[number], context=AT_WEB)
            return "changed"
        except MobileTaken:
            return "taken"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(change, range(2))) == ["changed", "taken"]
    assert Member.objects.with_mobile(NEW).count() == 1
    assert Proof.objects.filter(used_at=None).count() == 2
