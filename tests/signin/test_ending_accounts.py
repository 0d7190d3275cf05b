"""What opens an account when two have become one, and what is left of one that was closed."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession

from members.actions.merge_accounts import merge_accounts
from members.events import AccountClosed, account_closed
from members.merging import merge_request
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import AT_WEB, number_proved, proved, verified

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
