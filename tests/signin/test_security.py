"""How one signs in: passwords, passkeys, devices, and the staff's second factor."""

import base64
import hmac
import re
import struct
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.test import Client, RequestFactory
from django.utils import timezone
from wagtail.models import Locale, Page

from members.entrances import Entrance
from members.models import AttemptWindow, OneTimeCode, Proof
from members.signin.receivers import list_device
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db(transaction=True)
ALICE = "+8613800000001"
PASSWORD = "榕树 下 的 四个 词语呢"


@pytest.fixture
def alice(db):
    return MemberFactory(agrees=True, mobile=ALICE)


def sign_in(client, phone):
    client.post("/sign-in", {"mobile": ALICE})
    return client.post("/sign-in/code", {"code": phone(ALICE).code})


def totp(secret, ahead=0):
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30 + ahead), "sha1")
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def test_alice_sets_a_password_and_signs_in_with_it(client, alice, phone):
    sign_in(client, phone)
    answer = client.post("/account/security/password", {"new_password1": PASSWORD, "new_password2": PASSWORD})
    assert answer.url == "/account/security"
    assert "密码已设置" in client.get("/account/security").text
    other = Client()
    answer = other.post("/sign-in/password", {"mobile": "138 0000 0001", "password": PASSWORD})
    assert answer.url == "/"
    assert other.session["_auth_user_id"] == str(alice.pk)
    kinds = alice.account_events.exclude(kind="consent_given").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["signed_in", "password_set", "signed_in"]


def test_every_field_of_a_passkey_has_its_name_in_chinese(client, alice, phone):
    sign_in(client, phone)
    page = client.get("/account/security/passkey").text
    assert "通行密钥的名称" in page
    assert "Name" not in re.findall(r"<label.*?</label>", page, re.DOTALL)[0]


def test_whoever_confirms_that_it_is_them_may_turn_back_or_call(client, alice):
    client.force_login(alice)
    page = client.get("/account/confirm?next=/account/security/password").text
    assert 'class="back" href="/me"' in page
    assert 'href="/me/phone/lost"' in page
    assert "tel:95500" in page.partition("<main")[2].partition("</main>")[0]


def test_a_new_password_signs_other_devices_out(client, alice, phone):
    sign_in(client, phone)
    other = Client()
    other.force_login(alice)
    client.post("/account/security/password", {"new_password1": PASSWORD, "new_password2": PASSWORD})
    assert client.get("/account/security").status_code == 200
    assert other.get("/account/security").status_code == 302


@pytest.mark.parametrize(("password", "told"), [("123456789012", "数字"), ("short", "10"), ("password123", "常见")])
def test_a_weak_password_is_refused_at_the_field(client, alice, phone, password, told):
    sign_in(client, phone)
    answer = client.post("/account/security/password", {"new_password1": password, "new_password2": password})
    assert told in answer.text
    assert not Client().login(username=ALICE, password=password)


def test_a_wrong_password_does_not_tell_whether_the_number_is_known(db, alice, catalogue):
    alice.set_password(PASSWORD)
    alice.save()
    told = []
    for mobile in (ALICE, "+8613800000009"):
        answer = Client().post("/sign-in/password", {"mobile": mobile, "password": "guess"})
        told.append(re.sub(r'value="[^"]*"', "", answer.text))
    assert told[0] == told[1]
    assert "不匹配" in told[0]


def test_passwords_are_guessed_five_times_and_then_not_heard(db, alice, catalogue):
    alice.set_password(PASSWORD)
    alice.save()
    for _ in range(5):
        Client().post("/sign-in/password", {"mobile": ALICE, "password": "guess"})
    answer = Client().post("/sign-in/password", {"mobile": ALICE, "password": PASSWORD})
    assert "一刻钟" in answer.text


def test_a_new_device_at_every_try_does_not_evade_the_limit_of_its_address(db, catalogue, settings):
    """One address that tries a password on many numbers, each time as another device."""
    settings.SIGN_INS_PER_ADDRESS_PER_HOUR = 3
    answers = []
    for number in range(4):
        device = Client(headers={"x-device-id": f"{number:032x}"})
        answers.append(device.post("/sign-in/password", {"mobile": f"1380000100{number}", "password": "guess"}).text)
    assert ["一刻钟" in answer for answer in answers] == [False, False, False, True]


SENSITIVE = ["/account/security/password", "/account/security/passkey"]


@pytest.mark.parametrize("path", SENSITIVE)
def test_an_old_sign_in_is_asked_for_a_code_and_led_back(client, alice, phone, path):
    sign_in(client, phone)
    Proof.objects.all().delete()
    answer = client.get(path)
    assert answer.url == f"/account/confirm?next={path.replace('/', '%2F')}"
    # The cool-down of the code that signed in is over.
    OneTimeCode.objects.update(issued_at=timezone.now() - timedelta(minutes=2))
    assert "138****0001" in client.post(answer.url, {"send": "", "next": path}).text
    assert client.post(answer.url, {"code": phone(ALICE).code, "next": path}).url == path
    assert client.get(path).status_code == 200
    assert "确认是您本人" in phone(ALICE).texts[0]


def test_a_member_without_a_password_does_not_pass_either(client, alice, catalogue):
    """allauth's own reauthentication lets whoever has no password through; ours asks what was proved."""
    alice.set_unusable_password()
    alice.save()
    client.force_login(alice)
    for path in SENSITIVE:
        assert client.get(path).url.startswith("/account/confirm")
        assert client.post(path, {"new_password1": PASSWORD, "new_password2": PASSWORD}).url.startswith("/account/conf")
    alice.refresh_from_db()
    assert not alice.has_usable_password()


def test_a_proof_of_another_session_does_not_count(client, alice, phone):
    sign_in(client, phone)
    other = Client()
    other.force_login(alice)
    assert other.get("/account/security/password").url.startswith("/account/confirm")


def test_devices_are_named_in_plain_words_and_can_be_ended(client, alice, phone):
    agents = {
        "Mozilla/5.0 (Linux; Android 15) Chrome/130 Mobile Safari/537 MicroMessenger/8.0": "Android、微信",
        "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/130 Safari/537 Edg/130": "Windows、Edge",
    }
    others = []
    for agent in agents:
        other = Client(headers={"user-agent": agent})
        other.post("/sign-in", {"mobile": ALICE})
        other.post("/sign-in/code", {"code": phone(ALICE).code})
        others.append(other)
        OneTimeCode.objects.update(issued_at=timezone.now() - timedelta(minutes=2))
    sign_in(client, phone)
    page = client.get("/account/devices").text
    for words in (*agents.values(), "本机"):
        assert words in page
    assert "127.0.0.1" not in page
    first = re.search(r'name="device"\s+value="(\d+)"', page)[1]
    client.post("/account/devices", {"device": first})
    assert sorted(other.get("/account/devices").status_code for other in others) == [200, 302]
    for nonsense in ("abc", "", "9" * 40, "9" * 5000):
        assert client.post("/account/devices", {"device": nonsense}).status_code == 404
    client.post("/account/devices", {"all_others": ""})
    assert [other.get("/account/devices").status_code for other in others] == [302, 302]
    assert client.get("/account/devices").status_code == 200


def test_when_a_device_was_last_seen_is_noted_every_few_minutes(client, alice, phone):
    sign_in(client, phone)
    client.get("/account/devices")
    before = timezone.now() - timedelta(days=1)
    UserSession.objects.update(last_seen_at=before)
    client.get("/account/devices")
    assert UserSession.objects.get().last_seen_at == before
    session = client.session
    session["seen_at"] -= 301
    session.save()
    client.get("/account/devices")
    assert UserSession.objects.get().last_seen_at > before


def test_who_signs_in_again_on_the_same_device_is_listed_once(client, alice, phone):
    sign_in(client, phone)
    key = client.session.session_key
    request = RequestFactory(headers={"user-agent": "Firefox/140 " + "x" * 500}).get("/")
    request.session, request.allauth = client.session, SimpleNamespace()
    list_device(request, alice, Entrance.WECHAT)
    device = UserSession.objects.get()
    assert (device.session_key, device.data) == (key, {"entrance": "wechat"})
    assert device.user_agent.startswith("Firefox/140")
    assert client.get("/account/devices").status_code == 200


def test_a_device_whose_session_has_ended_leaves_the_list_at_the_next_sign_in(client, alice, phone):
    UserSession.objects.create(user=alice, session_key="ended", ip="192.0.2.1", user_agent="phone")
    sign_in(client, phone)
    assert UserSession.objects.get().session_key == client.session.session_key


def test_nobody_ends_a_strangers_device(client, alice, phone):
    sign_in(client, phone)
    stranger = Client()
    stranger.force_login(MemberFactory(agrees=True))
    theirs = UserSession.objects.get(user=alice)
    assert stranger.post("/account/devices", {"device": theirs.pk}).status_code == 404
    assert client.get("/account/devices").status_code == 200


class TestStaff:
    @pytest.fixture
    def staff(self, db):
        # The admin's menu begins at the tree's root, which tests with transactions of their own have emptied.
        Locale.objects.get_or_create(language_code="zh-hans")
        Page.add_root(title="Root")
        return MemberFactory(agrees=True, mobile=ALICE, is_staff=True, is_superuser=True)

    def test_staff_set_up_an_app_and_need_it_from_then_on(self, client, staff, phone, settings):
        settings.DEMO = False
        sign_in(client, phone)
        answer = client.get("/admin/")
        assert answer.url == "/account/security"
        assert "需要先设置" in client.get("/account/security").text
        page = client.get("/account/security/authenticator-app").text
        secret = re.search(r'<code translate="no">(\w+)</code>', page)[1]
        assert client.post("/account/security/authenticator-app", {"code": "000000"}).status_code == 200
        answer = client.post("/account/security/authenticator-app", {"code": totp(secret)})
        assert answer.url == "/account/security/recovery-codes"
        codes = re.findall(r'<code translate="no">(\d{8})</code>', client.post(answer.url).text)
        assert len(codes) == 10
        # Sealed: whoever reads the table can make no codes.
        assert secret not in str(Authenticator.objects.values_list("data", flat=True))

        OneTimeCode.objects.update(issued_at=timezone.now() - timedelta(minutes=2))
        again = Client()
        assert sign_in(again, phone).url == "/sign-in/second-step"
        assert again.get("/admin/").url == "/sign-in?next=/admin/"
        assert "_auth_user_id" not in again.session
        assert again.post("/sign-in/second-step", {"code": "12345678"}).status_code == 200
        assert again.post("/sign-in/second-step", {"code": codes[0]}).url == "/"
        assert again.get("/admin/").status_code == 200

    def test_the_second_factor_is_not_guessed(self, client, staff, phone):
        sign_in(client, phone)
        page = client.get("/account/security/authenticator-app").text
        secret = re.search(r'<code translate="no">(\w+)</code>', page)[1]
        client.post("/account/security/authenticator-app", {"code": totp(secret, -1)})
        AttemptWindow.objects.all().delete()
        OneTimeCode.objects.update(issued_at=timezone.now() - timedelta(minutes=2))
        again = Client()
        sign_in(again, phone)
        for _ in range(10):
            again.post("/sign-in/second-step", {"code": "000000"})
        answer = again.post("/sign-in/second-step", {"code": totp(secret)})
        assert "次数太多" in answer.text
        assert "_auth_user_id" not in again.session

    @pytest.mark.parametrize("path", ["/admin/", "/admin/members/customer/", "/admin/login/"])
    def test_who_may_enter_the_admin_outside_the_demo(self, client, staff, settings, path):
        settings.DEMO = False
        assert client.get(path).url.startswith("/sign-in?next=")
        member = MemberFactory(agrees=True)
        client.force_login(member)
        assert client.get(path).status_code == 403
        # A password alone, as a script or an older page might have signed somebody in, is not enough.
        client.force_login(staff)
        assert client.get(path).url == "/account/security"

    def test_in_the_demo_the_password_is_enough(self, client, staff):
        client.force_login(staff)
        assert client.get("/admin/").status_code == 200

    def test_members_have_no_use_for_an_authenticator_app(self, client, phone):
        MemberFactory(agrees=True, mobile=ALICE)
        sign_in(client, phone)
        assert client.get("/account/security/authenticator-app").status_code == 404
        assert client.get("/account/security/recovery-codes").status_code == 404
