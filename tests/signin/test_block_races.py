"""Somebody adds a way into an account at the very moment at which staff block it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic, sleep

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import connection, transaction

from members.actions import set_password as passwords
from members.actions.block_account import block_account
from members.actions.set_password import set_password
from members.assurance import MemberInactive
from members.models import Member
from members.roles import Role
from members.signin import authenticators
from members.signin.authenticators import add_passkey
from members.signin.wechat import identity
from members.signin.wechat.identity import WeChatIdentity, link_wechat
from tests.factories import MemberFactory
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


def added_while_blocked(add):
    """`add` begins while the block is under way and not committed; what it ended with."""
    bound = "membership.channel_bound"
    make_event_type(bound, variables={"customer_name": "str", "event_time": "datetime"}, channels=["app"])
    alice, ann = MemberFactory(), staff(Role.APPROVER)
    proved(alice)
    blocked, wait_until = Event(), monotonic() + 10

    def thief():
        try:
            assert blocked.wait(10)
            add(alice)
            return None
        except MemberInactive as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(thief)
        with transaction.atomic():
            block_account(member=alice, reason="reported", entrance="hotline", by=ann)
            blocked.set()
            while not waiting_for_locks() and monotonic() < wait_until:
                sleep(0.01)
        return alice, done.result()


@pytest.mark.parametrize("add", WAYS.values(), ids=WAYS)
def test_whoever_comes_second_is_refused(add):
    alice, ended = added_while_blocked(add)
    assert isinstance(ended, MemberInactive)
    assert not opens(alice)


@pytest.mark.parametrize("add", WAYS.values(), ids=WAYS)
def test_control_asked_before_the_lock_the_way_stays_open(add, monkeypatch):
    for module in (passwords, authenticators, identity):
        monkeypatch.setattr(module, "lock_accounts", lambda pk: {pk: Member.objects.get(pk=pk)})
    alice, ended = added_while_blocked(add)
    assert ended is None
    assert opens(alice)
