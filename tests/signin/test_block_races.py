"""Somebody adds a way into an account at the very moment at which staff block it."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event
from time import monotonic, sleep

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import connection, transaction
from django.db.models import QuerySet

from members.actions import set_password as passwords
from members.actions.block_account import block_account
from members.actions.lost_number import take_number_off
from members.actions.register_member import member_with_proven_mobile
from members.actions.set_password import set_password
from members.assurance import MemberInactive
from members.catalogue import event_specs
from members.entrances import Entrance
from members.models import Member
from members.origin import Origin
from members.roles import Role
from members.signin import authenticators
from members.signin.authenticators import add_passkey
from members.signin.wechat import identity
from members.signin.wechat.identity import WeChatIdentity, link_wechat
from tests.factories import CustomerFactory, MemberFactory
from tests.locks import waiting_for_locks
from tests.members.accounts import AT_WEB, proved, staff
from tests.notifications.conftest import make_event_type

pytestmark = pytest.mark.django_db(transaction=True)
THIEFS = WeChatIdentity(appid="wx1", openid="openid", unionid="union-of-the-thief")
WAYS = {
    "wechat": lambda alice: link_wechat(member=alice, identity=THIEFS, context=AT_WEB),
    "passkey": lambda alice: add_passkey(member=alice, name="", credential={}, context=AT_WEB),
    "password": lambda alice: set_password(member=alice, password="the thief's own", context=AT_WEB),
}


def opens(alice):
    mine = Member.objects.get(pk=alice.pk)
    return mine.has_usable_password() or SocialAccount.objects.exists() or Authenticator.objects.exists()


def at_the_same_time(staffs, others):
    """`others` begins while what `staffs` does is not committed yet; what it ended with."""
    begun, wait_until = Event(), monotonic() + 10

    def after_it():
        try:
            assert begun.wait(10)
            return others()
        except MemberInactive as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(after_it)
        with transaction.atomic():
            staffs()
            begun.set()
            while not (waiting_for_locks() or done.done()) and monotonic() < wait_until:
                sleep(0.01)
        return done.result()


def added_while_blocked(add):
    bound = "membership.channel_bound"
    make_event_type(bound, variables={"customer_name": "str", "event_time": "datetime"}, channels=["app"])
    alice, ann = MemberFactory(), staff(Role.APPROVER)
    proved(alice)
    block = partial(block_account, member=alice, reason="reported", entrance="hotline", by=ann)
    return alice, at_the_same_time(block, lambda: add(alice))


@pytest.mark.parametrize("add", WAYS.values(), ids=WAYS)
def test_whoever_comes_second_is_refused(add):
    alice, ended = added_while_blocked(add)
    assert isinstance(ended, MemberInactive)
    assert not opens(alice)


def signed_in_while_the_number_is_taken_off():
    """The number's new holder signs in while staff take it off the account of who had it before."""
    told = "policy_admin.contact_changed"
    make_event_type(told, variables=event_specs()[told].variables, channels=["app"])
    welcome = "membership.registered"
    make_event_type(welcome, variables={"customer_name": "str"}, channels=["app"])
    alice, ann = MemberFactory(mobile="+8613800000001", customer=CustomerFactory()), staff(Role.APPROVER)
    take = partial(take_number_off, member=alice, evidence="COUNTER-2026-1", entrance="counter", by=ann)

    @transaction.atomic
    def sign_in():
        return member_with_proven_mobile(mobile="+8613800000001", origin=Origin(Entrance.WEB))

    return alice, *at_the_same_time(take, sign_in)


def test_a_number_that_is_being_taken_off_opens_a_new_account():
    alice, member, is_new = signed_in_while_the_number_is_taken_off()
    assert is_new and member != alice


def test_control_without_the_lock_it_opens_the_account_that_has_lost_it(monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)
    alice, member, is_new = signed_in_while_the_number_is_taken_off()
    assert member == alice and not is_new


@pytest.mark.parametrize("add", WAYS.values(), ids=WAYS)
def test_control_asked_before_the_lock_the_way_stays_open(add, monkeypatch):
    for module in (passwords, authenticators, identity):
        monkeypatch.setattr(module, "lock_accounts", lambda pk: {pk: Member.objects.get(pk=pk)})
    alice, ended = added_while_blocked(add)
    assert not isinstance(ended, MemberInactive)
    assert opens(alice)
