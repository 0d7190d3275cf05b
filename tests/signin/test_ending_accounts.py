"""What opens an account when two have become one, or it was blocked, and what is left of one that was closed."""

import pytest
from allauth.idp.oidc.models import Client, Token
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group

from members.actions.block_account import block_account, decide_release, propose_release
from members.actions.lost_number import take_number_off
from members.actions.merge_accounts import merge_accounts
from members.actions.verify_in_person import verify_in_person
from members.catalogue import event_specs
from members.entrances import Entrance
from members.events import AccountClosed, account_closed
from members.merging import merge_request
from members.models import Member, Proof, WeChatBinding
from members.roles import Role
from tests.factories import CustomerFactory, MemberFactory, WeChatBindingFactory
from tests.members.accounts import AT_WEB, number_proved, proved, verified
from tests.notifications.conftest import make_event_type

pytestmark = pytest.mark.django_db


def test_the_wechat_of_either_opens_the_kept_account_and_passkeys_end_with_theirs():
    alice, other = verified(MemberFactory(customer=CustomerFactory())), MemberFactory()
    for member, unionid in ((alice, "union-of-alice"), (other, "union-of-the-other")):
        SocialAccount.objects.create(user=member, provider="weixin", uid=unionid)
        Authenticator.objects.create(user=member, type=Authenticator.Type.WEBAUTHN, data={})
    proved(alice, request=merge_request(alice, other))
    merge_accounts(member=alice, proven_id=number_proved(alice, other.mobile), context=AT_WEB)
    opens = dict(SocialAccount.objects.values_list("uid", "user_id"))
    assert opens == {"union-of-alice": alice.pk, "union-of-the-other": alice.pk}
    assert Authenticator.objects.get().user == alice


def test_nothing_opens_a_closed_account_and_its_wechat_may_open_another():
    alice, bob = MemberFactory(), MemberFactory()
    for member in (alice, bob):
        SocialAccount.objects.create(user=member, provider="weixin", uid=f"union-{member.pk}")
        Authenticator.objects.create(user=member, type=Authenticator.Type.WEBAUTHN, data={})
        UserSession.objects.create(user=member, session_key=f"s{member.pk}", ip="192.0.2.1", user_agent="phone")
    account_closed.send(AccountClosed, fact=AccountClosed(member_id=alice.pk))
    for left in (SocialAccount, Authenticator, UserSession):
        assert [row.user for row in left.objects.all()] == [bob]


@pytest.fixture
def staff():
    """Two who decide about blocked accounts."""
    group = Group.objects.get(name=Role.APPROVER)
    both = MemberFactory.create_batch(2, is_staff=True)
    for each in both:
        each.groups.add(group)
    return both


def test_what_a_thief_has_opened_or_added_opens_nothing_after_the_account_is_released(client, staff):
    alice, (ann, ben) = MemberFactory(), staff
    alice.set_password("the thief's own")
    alice.save()
    client.force_login(alice)
    key = client.session.session_key
    UserSession.objects.create(user=alice, session_key=key, ip="192.0.2.1", user_agent="phone")
    SocialAccount.objects.create(user=alice, provider="weixin", uid="union-of-the-thief")
    WeChatBindingFactory(member=alice)
    Authenticator.objects.create(user=alice, type=Authenticator.Type.WEBAUTHN, data={})
    Token.objects.create(user=alice, client=Client.objects.create(name="partner"), hash="x")
    proved(alice)
    block_account(member=alice, reason="reported", entrance="hotline", by=ann)
    propose_release(member=alice, finding="本人到柜面核实", by=ann)
    decide_release(member=alice, release=True, entrance="counter", by=ben)
    left = (SocialAccount, WeChatBinding, Authenticator, Token, UserSession)
    assert [model.objects.count() for model in left] == [0] * len(left)
    assert not Proof.objects.filter(member=alice, used_at=None).exists()
    assert not client.session.exists(key)
    assert not Member.objects.get(pk=alice.pk).has_usable_password()


def test_an_account_that_comes_back_from_a_lost_number_is_opened_by_its_member_alone(client, staff):
    """A stranger got the number, signed in with it, and linked a WeChat of theirs."""
    ann, ben = staff
    told = "policy_admin.contact_changed"
    make_event_type(told, variables=event_specs()[told].variables, channels=["app"])
    for each in staff:
        each.groups.add(Group.objects.get(name=Role.ADMINISTRATOR))
    customer = CustomerFactory(id_type="resident_id", id_no="110101199003070011")
    alice, anew = verified(MemberFactory(customer=customer)), MemberFactory()
    client.force_login(alice)
    UserSession.objects.create(
        user=alice, session_key=client.session.session_key, ip="192.0.2.1", user_agent="a stranger's"
    )
    stranger = SocialAccount.objects.create(user=alice, provider="weixin", uid="union-of-the-stranger")
    Authenticator.objects.create(user=alice, type=Authenticator.Type.WEBAUTHN, data={})
    SocialAccount.objects.create(user=anew, provider="weixin", uid="union-of-alice")
    take_number_off(member=alice, evidence="COUNTER-2026-1", entrance="counter", by=Member.objects.get(pk=ann.pk))
    assert not client.get("/healthz").wsgi_request.user.is_authenticated
    # Neither before it comes back: a passkey alone would be enough to put another number on it.
    assert [left.user for left in SocialAccount.objects.all()] == [anew]
    assert not Authenticator.objects.exists()
    verify_in_person(
        entrance=Entrance.COUNTER,
        member=anew,
        customer_no=customer.customer_no,
        id_type="resident_id",
        id_no="110101199003070011",
        evidence="COUNTER-2026-2",
        by=Member.objects.get(pk=ben.pk),
    )
    assert [(left.user, left.uid) for left in SocialAccount.objects.all()] == [(alice, "union-of-alice")]
    assert not SocialAccount.objects.filter(pk=stranger.pk).exists()


def test_a_session_that_no_list_of_devices_shows_ends_with_the_block_too(client, staff):
    alice, (ann, ben) = MemberFactory(), staff
    client.force_login(alice)
    block_account(member=alice, reason="reported", entrance="hotline", by=ann)
    propose_release(member=alice, finding="本人到柜面核实", by=ann)
    decide_release(member=alice, release=True, entrance="counter", by=ben)
    assert not client.get("/").wsgi_request.user.is_authenticated
