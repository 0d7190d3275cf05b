"""Signing in through WeChat, against a WeChat of the test's own by real HTTP."""

from datetime import timedelta
from urllib.parse import urlencode, urlparse

import pytest
import requests
import time_machine
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.utils import timezone

from members.models import AccountEvent, Member, Proof, WeChatBinding
from members.signin.origins import ENTRANCE_KEY
from members.signin.wechat.identity import WeChatIdentity, keep_pair
from members.signin.wechat.pending import PENDING_KEY, WAITS
from tests.factories import MemberFactory, WeChatBindingFactory
from tests.signin.wechat_stub import Person, WeChatStub

pytestmark = pytest.mark.django_db(transaction=True)
ALICE = "+8613800000001"
INSIDE = "Mozilla/5.0 (iPhone) MicroMessenger/8.0.50"


@pytest.fixture
def wechat(settings):
    stub = WeChatStub({"wx-service": "secret-1", "wx-web": "secret-2"})
    settings.WECHAT_APPID, settings.WECHAT_SECRET = "wx-service", "secret-1"
    settings.WECHAT_WEB_APPID, settings.WECHAT_WEB_SECRET = "wx-web", "secret-2"
    settings.WECHAT_OPEN_URL = settings.WECHAT_API_URL = stub.url
    yield stub
    stub.stop()


def through_wechat(client, process="login", onward="", **headers):
    """Presses the button, agrees in WeChat, comes back; the answer to that."""
    sent = client.post(f"/sign-in/wechat?{urlencode({'process': process, 'next': onward})}", headers=headers)
    assert sent.status_code == 302, sent.content
    agreed = requests.get(sent.url, allow_redirects=False, timeout=5, proxies={"http": ""})
    back = urlparse(agreed.headers["Location"])
    return client.get(f"{back.path}?{back.query}", headers=headers)


def sign_in_by_code(client, phone, mobile=ALICE):
    client.post("/sign-in", {"mobile": mobile})
    return client.post("/sign-in/code", {"code": phone(mobile).code})


def test_an_unlinked_wechat_asks_for_number_and_code_and_is_linked(client, wechat, phone):
    alice = MemberFactory(mobile=ALICE)
    answer = through_wechat(client)
    assert answer.url == "/sign-in"
    assert "还没有关联账户" in client.get("/sign-in").text
    assert not SocialAccount.objects.exists()
    sign_in_by_code(client, phone)
    assert SocialAccount.objects.get().uid == "u-1"
    assert list(WeChatBinding.objects.values_list("member", "appid", "openid", "unionid")) == [
        (alice.pk, "wx-web", "o-1", "u-1")
    ]
    kinds = [(e.kind, e.entrance) for e in alice.account_events.order_by("pk")]
    assert kinds == [("signed_in", "wechat"), ("linked", "wechat")]
    assert alice.messages.filter(event_type="membership.channel_bound").exists()
    # Nothing of the profile is kept.
    assert SocialAccount.objects.get().extra_data == {}


def test_a_linked_wechat_opens_the_one_account_at_every_application(client, wechat, phone):
    alice = MemberFactory(mobile=ALICE)
    through_wechat(client)
    sign_in_by_code(client, phone)
    wechat.person = Person("o-at-the-service-account", "u-1")
    inside = Client()
    assert through_wechat(inside, **{"user-agent": INSIDE}).url == "/"
    assert inside.session["_auth_user_id"] == str(alice.pk)
    assert Member.objects.count() == 1
    pairs = set(WeChatBinding.objects.values_list("appid", "openid"))
    assert pairs == {("wx-web", "o-1"), ("wx-service", "o-at-the-service-account")}


def test_each_browser_goes_through_its_own_application(client, wechat):
    through_wechat(client)
    through_wechat(Client(), **{"user-agent": INSIDE})
    asked = [(path, query["appid"], query["scope"]) for path, query in wechat.asked if "/connect/" in path]
    assert asked == [
        ("/connect/qrconnect", "wx-web", "snsapi_login"),
        ("/connect/oauth2/authorize", "wx-service", "snsapi_userinfo"),
    ]


def test_without_a_unionid_it_is_refused_plainly(client, wechat):
    wechat.person = Person("o-1", "")
    assert through_wechat(client).url == "/sign-in"
    assert "微信没有告诉我们您是谁" in client.get("/sign-in").text
    assert "wechat_pending" not in client.session


@pytest.mark.parametrize("broken", ["/sns/oauth2/access_token", "/sns/userinfo"])
def test_an_error_of_wechats_leads_back_with_a_word(client, wechat, broken):
    wechat.broken = broken
    assert through_wechat(client).url == "/sign-in"
    assert "这次没有成功" in client.get("/sign-in").text


def test_a_member_links_and_unlinks(client, wechat, phone):
    alice = MemberFactory(mobile=ALICE)
    sign_in_by_code(client, phone)
    assert through_wechat(client, "connect").url == "/account/security"
    assert SocialAccount.objects.get().user == alice
    client.post("/account/security/wechat")
    assert not SocialAccount.objects.exists()
    assert not WeChatBinding.objects.exists()
    kinds = list(alice.account_events.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["signed_in", "linked", "unlinked"]


def test_a_wechat_that_was_left_behind_is_not_linked_to_whoever_signs_in_later(client, wechat, phone):
    bob = MemberFactory(mobile=ALICE)
    with time_machine.travel(timezone.now() - WAITS - timedelta(seconds=1), tick=True):
        through_wechat(client)
    assert "不是我的微信" not in client.get("/sign-in").text
    sign_in_by_code(client, phone)
    assert client.session["_auth_user_id"] == str(bob.pk)
    assert not SocialAccount.objects.exists()
    assert bob.account_events.get().entrance == "web"


def test_whoever_signs_in_is_shown_the_waiting_wechat_and_can_let_it_go(client, wechat, phone):
    bob = MemberFactory(mobile=ALICE)
    through_wechat(client)
    assert "不是我的微信" in client.get("/sign-in").text
    client.post("/sign-in", {"mobile": ALICE})
    assert "不是我的微信" in client.get("/sign-in/code").text
    client.post("/sign-in/wechat/not-mine", {"next": "/sign-in/code"})
    client.post("/sign-in/code", {"code": phone(ALICE).code})
    assert client.session["_auth_user_id"] == str(bob.pk)
    assert not SocialAccount.objects.exists()


def test_whoever_lets_a_wechat_go_stays_on_the_page_and_goes_where_they_were_going(client, wechat, phone):
    MemberFactory(mobile=ALICE)
    page = through_wechat(client, onward="/showcase/").url
    assert page == "/sign-in?next=%2Fshowcase%2F"
    assert f'name="next" value="{page}"' in client.get(page).text
    client.post(page, {"mobile": ALICE, "next": "/showcase/"})
    assert 'name="next" value="/sign-in/code"' in client.get("/sign-in/code").text
    assert client.post("/sign-in/wechat/not-mine", {"next": "/sign-in/code"}).url == "/sign-in/code"
    assert client.post("/sign-in/wechat/not-mine", {"next": "https://evil.example/"}).url == "/sign-in"
    assert client.post("/sign-in/code", {"code": phone(ALICE).code}).url == "/showcase/"


@pytest.mark.parametrize("mobile", [ALICE, "+8613800000009"])
def test_a_wechat_that_waits_too_long_on_the_last_page_is_no_way_in(client, wechat, phone, mobile):
    MemberFactory(mobile=ALICE)
    with time_machine.travel(timezone.now() - WAITS + timedelta(minutes=1), tick=True):
        through_wechat(client)
    client.post("/sign-in", {"mobile": mobile})
    client.get("/sign-in/code")
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=True):
        answer = client.post("/sign-in/code", {"code": phone(mobile).code})
    assert answer.url == "/"
    assert set(AccountEvent.objects.values_list("entrance", flat=True)) == {"web"}
    assert Proof.objects.get().entrance == "web"
    assert not SocialAccount.objects.exists()
    assert "没有关联" in client.get("/me/consents/").text


def test_a_wechat_of_before_its_time_was_written_down_is_forgotten(client, wechat):
    session = client.session
    session[PENDING_KEY] = {"appid": "wx-web", "openid": "o-1", "unionid": "u-1"}
    session[ENTRANCE_KEY] = "wechat"
    session.save()
    assert "不是我的微信" not in client.get("/sign-in").text
    assert PENDING_KEY not in client.session
    assert ENTRANCE_KEY not in client.session


def test_a_button_comes_back_to_its_page_after_the_member_has_confirmed(client, wechat, phone):
    sign_in_by_code(client, phone)
    Proof.objects.all().delete()
    here = "/account/security"
    for asked in ("/sign-in/wechat?process=connect", "/account/security/wechat"):
        answer = client.post(asked)
        assert answer.url == f"/account/confirm?{urlencode({'next': here, 'back': here})}"


def test_linking_does_not_make_a_session_of_the_web_one_of_wechat(client, wechat, phone):
    alice = MemberFactory(mobile=ALICE)
    sign_in_by_code(client, phone)
    through_wechat(client, "connect")
    client.post("/sign-out")
    assert list(alice.account_events.values_list("kind", "entrance").order_by("pk"))[-1] == ("signed_out", "web")


def test_somebody_elses_wechat_is_not_taken_over(client, wechat, phone):
    MemberFactory(agrees=True, mobile=ALICE)
    bob = MemberFactory(mobile="+8613800000002")
    SocialAccount.objects.create(user=bob, provider="weixin", uid="u-1")
    sign_in_by_code(client, phone)
    through_wechat(client, "connect")
    assert SocialAccount.objects.get().user == bob
    assert "已关联其他账户" in client.get("/account/security").text


def test_a_second_wechat_is_refused(client, wechat, phone):
    alice = MemberFactory(mobile=ALICE)
    SocialAccount.objects.create(user=alice, provider="weixin", uid="u-9")
    sign_in_by_code(client, phone)
    through_wechat(client, "connect")
    assert SocialAccount.objects.get().uid == "u-9"


def test_a_password_alone_links_no_wechat(client, wechat, catalogue):
    alice = MemberFactory(mobile=ALICE)
    alice.set_password("a good long password")
    alice.save()
    through_wechat(client)
    client.post("/sign-in/password", {"mobile": ALICE, "password": "a good long password"})
    assert client.session["_auth_user_id"] == str(alice.pk)
    assert not SocialAccount.objects.exists()


def test_a_pair_of_another_member_is_left_alone(client, wechat, phone):
    alice = MemberFactory(mobile=ALICE)
    SocialAccount.objects.create(user=alice, provider="weixin", uid="u-1")
    theirs = WeChatBindingFactory(appid="wx-web", openid="o-1")
    through_wechat(client)
    assert client.session["_auth_user_id"] == str(alice.pk)
    theirs.refresh_from_db()
    assert theirs.member != alice


def test_a_link_that_staff_ended_at_that_moment_gets_no_messages_again(client, wechat, phone):
    alice = MemberFactory(mobile=ALICE)
    identity = WeChatIdentity(appid="wx-web", openid="o-1", unionid="u-1")
    keep_pair(member=alice, identity=identity)
    assert not WeChatBinding.objects.exists()
    SocialAccount.objects.create(user=alice, provider="weixin", uid="u-1")
    keep_pair(member=alice, identity=identity)
    assert WeChatBinding.objects.get().member == alice


def test_a_linked_wechat_signs_in_where_another_one_waits(client, wechat, phone):
    through_wechat(client)  # not linked: waits for a number
    alice = MemberFactory(mobile=ALICE)
    SocialAccount.objects.create(user=alice, provider="weixin", uid="u-2")
    wechat.person = Person("o-2", "u-2")
    through_wechat(client)
    assert client.session["_auth_user_id"] == str(alice.pk)
    assert alice.account_events.get(kind="signed_in").entrance == "wechat"
    assert list(SocialAccount.objects.values_list("uid", flat=True)) == ["u-2"]


def test_a_forged_return_is_refused(client, wechat):
    answer = client.get("/sign-in/wechat/back?code=code-of-wx-web&state=forged")
    assert answer.url == "/sign-in"
    assert wechat.asked == []


def test_where_wechat_is_not_set_up_nothing_offers_it(client, db):
    assert "/sign-in/wechat" not in client.get("/sign-in").text
    assert client.post("/sign-in/wechat").status_code == 404
