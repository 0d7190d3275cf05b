"""A member proves another number, on the web: to change to it, also when the old one is lost, or to merge."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.actions.change_mobile import mobile_request
from members.actions.grant_level import revoke_levels
from members.actions.prove_number import forget_old_numbers
from members.merging import merge_request
from members.models import AccountClosure, Factor, Member, Proof, ProvenNumber, WeChatBinding
from notifications.actions.load_catalogue import load_catalogue
from tests.factories import CustomerFactory, MemberFactory, WeChatBindingFactory
from tests.members.accounts import number_proved, verified
from tests.portal.proving import has_proved

pytestmark = pytest.mark.django_db
OLD, NEW = "+8613800000001", "+8613900000002"


@pytest.fixture
def alice(client):
    member = verified(MemberFactory(agrees=True, mobile=OLD, customer=CustomerFactory()))
    client.force_login(member)
    return member


@pytest.fixture
def told():
    """The texts that tell both phones."""
    load_catalogue()


@pytest.fixture
def other():
    """An account that Alice once made through WeChat."""
    member = WeChatBindingFactory().member
    member.mobile = NEW
    member.save()
    return member


def ask(client, flow, number=NEW):
    return client.post(reverse(flow), {"mobile": number})


def enter(client, flow, code):
    return client.post(reverse(f"{flow}-code"), {"code": code})


def show(client, codes, flow, number=NEW):
    """Proves the number up to the last page; returns that page's address."""
    assert ask(client, flow, number)["Location"] == reverse(f"{flow}-code")
    answer = enter(client, flow, codes[number])
    assert answer["Location"] == reverse(f"{flow}-done")
    return answer["Location"]


def mobile_of(member):
    return Member.objects.get(pk=member.pk).mobile


def test_a_number_is_changed(client, alice, codes, told):
    has_proved(client, alice)
    done = show(client, codes, "change-phone")
    assert mobile_of(alice) == OLD
    assert "139****0002" in client.get(done).text
    assert "号码已更换" in client.post(done, follow=True).text
    assert mobile_of(alice) == NEW


def test_somebody_with_an_unlocked_phone_in_hand_changes_nothing(client, alice, codes):
    answer = client.get(reverse("change-phone"))
    assert answer["Location"].startswith(reverse("confirm-it-is-you"))
    assert ask(client, "change-phone")["Location"].startswith(reverse("confirm-it-is-you"))
    assert not codes


def test_the_change_itself_asks_again(client, alice, codes):
    has_proved(client, alice)
    done = show(client, codes, "change-phone")
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        answer = client.post(done)
    assert answer["Location"].startswith(reverse("confirm-it-is-you"))
    assert mobile_of(alice) == OLD


def test_a_lost_number_is_replaced_by_face(client, alice, codes, told):
    done = show(client, codes, "lost-phone")
    led = client.post(done)["Location"]
    request = mobile_request("mobile.recover", NEW)
    assert led.startswith(reverse("face-verify"))
    assert f"for={request.hex()}" in led
    assert mobile_of(alice) == OLD
    has_proved(client, alice, Factor.FACE, request)
    assert "号码已更换" in client.post(done, follow=True).text
    assert mobile_of(alice) == NEW


def test_whatever_a_thief_with_the_lost_phone_came_in_by_or_added_ends_with_the_face(client, alice, codes, told):
    thief = Client()
    thief.force_login(alice)
    for visitor in (client, thief):
        UserSession.objects.create(user=alice, session_key=visitor.session.session_key, ip="192.0.2.1", user_agent="-")
    SocialAccount.objects.create(user=alice, provider="weixin", uid="union-of-the-thief")
    Authenticator.objects.create(user=alice, type=Authenticator.Type.WEBAUTHN, data={})
    done = show(client, codes, "lost-phone")
    has_proved(client, alice, Factor.FACE, mobile_request("mobile.recover", NEW))
    has_proved(thief, alice, Factor.PASSKEY)
    assert "其他设备都会退出登录" in client.get(done).text
    assert "密码、通行密钥和微信已失效" in client.post(done, follow=True).text
    assert mobile_of(alice) == NEW
    assert not thief.get("/me").wsgi_request.user.is_authenticated
    assert client.get("/me").status_code == 200  # the member goes on where they are
    assert not SocialAccount.objects.exists()
    assert not Authenticator.objects.exists()
    assert not Proof.objects.filter(factor=Factor.PASSKEY, used_at=None).exists()


def test_a_face_shown_for_another_number_replaces_nothing(client, alice, codes):
    done = show(client, codes, "lost-phone")
    has_proved(client, alice, Factor.FACE, mobile_request("mobile.recover", "+8613900000003"))
    assert client.post(done)["Location"].startswith(reverse("face-verify"))
    assert mobile_of(alice) == OLD


def test_who_was_never_verified_is_led_to_people(client, codes):
    client.force_login(MemberFactory(agrees=True, mobile=OLD))
    answer = client.get(reverse("lost-phone"))
    assert answer.status_code == 403
    assert "请到柜面或致电" in answer.text


def test_a_number_with_an_account_is_told_to_its_holder_alone(client, alice, other, codes):
    has_proved(client, alice)
    before = ask(client, "change-phone")
    assert before.status_code == 302
    page = client.get(before["Location"]).text
    assert "139****0002" in page
    assert "合并" not in page
    enter(client, "change-phone", codes[NEW])
    answer = client.post(reverse("change-phone-done"))
    assert answer.status_code == 409
    assert reverse("merge-accounts-done") in answer.text
    assert mobile_of(alice) == OLD


def test_two_accounts_become_one(client, alice, other, codes):
    done = show(client, codes, "merge-accounts")
    assert "138****0001" in client.get(done).text
    assert client.post(done)["Location"].startswith(reverse("confirm-it-is-you"))
    has_proved(client, alice, request=merge_request(alice, other))
    assert "两个账户已合并" in client.post(done, follow=True).text
    assert WeChatBinding.objects.get().member == alice
    assert client.get(reverse("me")).status_code == 200


def test_a_taken_number_leads_straight_to_the_merger(client, alice, other, codes):
    has_proved(client, alice)
    client.post(show(client, codes, "change-phone"))
    has_proved(client, alice, request=merge_request(alice, other))
    assert "两个账户已合并" in client.post(reverse("merge-accounts-done"), follow=True).text


def test_whoever_is_signed_in_with_the_account_that_ends_signs_in_anew(alice, other, codes):
    client = Client()
    client.force_login(other)
    has_proved(client, other)
    codes.clear()
    other.consents.all().delete()
    done = show(client, codes, "merge-accounts", OLD)
    has_proved(client, other, request=merge_request(alice, other))
    answer = client.post(done, follow=True)
    assert answer.redirect_chain == [(reverse("account_login"), 302)]
    assert "两个账户已合并" in answer.text
    assert client.get(reverse("me"))["Location"].startswith(reverse("account_login"))


def test_the_account_that_stays_is_verified_first_and_only_from_within(client, alice, codes):
    """Verified once, not at the moment: leading this member to verify themselves would lead in a circle."""
    owner = verified(MemberFactory(mobile=NEW, customer=CustomerFactory(), agrees=True))
    Member.objects.filter(pk=alice.pk).update(customer=None)
    revoke_levels(member=owner, because="fraud", entrance="hotline")
    done = show(client, codes, "merge-accounts")
    has_proved(client, alice, request=merge_request(alice, owner))
    answer = client.post(done)
    assert answer.status_code == 409
    assert "先在那里完成身份核验" in answer.text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"is_active": False}, "另一个号码的账户已注销或被冻结"),
        ({"cooling_until": timezone.now() + timedelta(days=1)}, "另一个号码的账户不久前有过变动"),
    ],
)
def test_what_is_wrong_with_the_other_account_is_not_said_of_ones_own(client, alice, other, codes, state, words):
    """Before anything is pressed, and where it comes in between."""
    done = show(client, codes, "merge-accounts")
    has_proved(client, alice, request=merge_request(alice, other))
    Member.objects.filter(pk=other.pk).update(**state)
    for answer in (client.get(done), client.post(done)):
        assert answer.status_code == 409
        assert words in answer.text
    assert not AccountClosure.objects.exists()


def test_what_is_wrong_with_ones_own_account_is_said_of_it(client, alice, other, codes):
    done = show(client, codes, "merge-accounts")
    Member.objects.filter(pk=alice.pk).update(cooling_until=timezone.now() + timedelta(days=1))
    answer = client.post(done)
    assert answer.status_code == 403
    assert "另一个号码" not in answer.text


def test_a_number_without_an_account_is_nothing_to_merge_with(client, alice, codes):
    answer = client.get(show(client, codes, "merge-accounts"))
    assert answer.status_code == 409
    assert "那个号码下没有账户" in answer.text


def test_a_wrong_code_is_counted_and_proves_nothing(client, alice, codes):
    has_proved(client, alice)
    ask(client, "change-phone")
    wrong = f"{(int(codes[NEW]) + 1) % 1_000_000:06}"
    for _ in range(4):
        assert enter(client, "change-phone", wrong).status_code == 200
    enter(client, "change-phone", wrong)
    assert enter(client, "change-phone", codes[NEW])["Location"] == reverse("change-phone")
    assert not ProvenNumber.objects.exists()


def test_the_code_of_another_session_opens_nothing(client, alice, codes):
    has_proved(client, alice)
    ask(client, "change-phone")
    elsewhere = Client()
    elsewhere.force_login(alice)
    assert enter(elsewhere, "change-phone", codes[NEW])["Location"] == reverse("change-phone")


def test_the_code_of_one_purpose_opens_no_other(client, alice, codes):
    ask(client, "merge-accounts")
    assert enter(client, "lost-phone", codes[NEW])["Location"] == reverse("lost-phone")


@pytest.mark.parametrize("flow", ["change-phone", "merge-accounts"])
def test_whoever_waits_too_long_shows_the_number_again(client, alice, codes, flow):
    has_proved(client, alice)
    done = show(client, codes, flow)
    ProvenNumber.objects.update(proved_at=timezone.now() - timedelta(minutes=11))
    assert client.post(done)["Location"] == reverse(flow)
    assert mobile_of(alice) == OLD


@pytest.mark.parametrize(("number", "words"), [(OLD, "就是您账户现在的号码"), ("010-62770334", "固定电话")])
def test_numbers_that_lead_nowhere_are_refused_at_the_field(client, alice, codes, number, words):
    has_proved(client, alice)
    answer = ask(client, "change-phone", number)
    assert words in answer.text
    assert number in answer.text
    assert not codes


def test_going_back_and_sending_the_same_number_goes_on(client, alice, codes):
    has_proved(client, alice)
    ask(client, "change-phone")
    assert ask(client, "change-phone")["Location"] == reverse("change-phone-code")
    assert "139****0002" in client.post(reverse("change-phone-code"), {"send": ""}, follow=True).text


def test_pressing_twice_changes_once(client, alice, codes, told):
    has_proved(client, alice)
    done = show(client, codes, "change-phone")
    client.post(done)
    again = client.post(done, follow=True)
    assert again.redirect_chain == [(reverse("me"), 302)]
    assert "号码已更换" in again.text
    assert "重新验证一次号码" not in again.text
    assert mobile_of(alice) == NEW


def test_pressing_twice_merges_once(client, alice, other, codes):
    done = show(client, codes, "merge-accounts")
    has_proved(client, alice, request=merge_request(alice, other))
    client.post(done)
    again = client.post(done, follow=True)
    assert again.redirect_chain == [(reverse("me"), 302)]
    assert "两个账户已合并" in again.text


def test_old_numbers_are_forgotten(alice):
    number_proved(alice, NEW, ago=timedelta(hours=25))
    fresh = number_proved(alice, "+8613900000003")
    assert forget_old_numbers() == 1
    assert ProvenNumber.objects.get().pk == fresh
