"""Signing in in a real browser: by code, by passkey, by keyboard alone."""

import re

import pytest
from playwright.sync_api import expect

from members.models import Member, OneTimeCode
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db(transaction=True)
ALICE = "+8613800000001"


@pytest.fixture
def passkeys(page):
    """A fingerprint reader that always agrees."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    def kept():
        return devtools.send("WebAuthn.getCredentials", made)["credentials"]

    return kept


def sign_in(page, phone):
    page.goto("/sign-in")
    page.get_by_label("手机号").fill("138 0000 0001")
    page.get_by_role("button", name="获取验证码").click()
    page.wait_for_url("**/sign-in/code")
    page.get_by_label("短信验证码").fill(phone(ALICE).code)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(re.compile("/$"))


def test_a_new_visitor_becomes_a_member_by_keyboard_alone(page, phone):
    page.goto("/sign-in")
    page.get_by_label("手机号").focus()
    page.keyboard.type("13800000001")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/code")
    again = page.get_by_role("button", name="重新获取验证码")
    expect(again).to_be_disabled()
    expect(page.get_by_text(re.compile(r"\d+ 秒后可以重新获取验证码"))).to_be_visible()
    page.get_by_label("短信验证码").focus()
    page.keyboard.type("000000" if phone(ALICE).code != "000000" else "000001")
    page.keyboard.press("Enter")
    # The field that is wrong has the focus.
    expect(page.locator(":focus")).to_have_attribute("name", "code")
    page.keyboard.type(phone(ALICE).code)
    page.keyboard.press("Enter")
    for words in ("terms", "privacy"):
        page.wait_for_url(f"**/me/consents/{words}")
        page.get_by_role("button", name="我同意").focus()
        page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/$"))
    assert Member.objects.get().mobile == ALICE


def test_a_passkey_is_set_up_signs_in_and_confirms(page, phone, passkeys, settings):
    alice = MemberFactory(agrees=True, mobile=ALICE)
    sign_in(page, phone)
    page.goto("/account/security/passkey")
    page.get_by_role("button", name="开始设置").click()
    page.wait_for_url("**/account/security")
    expect(page.get_by_text("通行密钥已设置")).to_be_visible()
    assert len(passkeys()) == 1
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url(re.compile("/$"))
    page.goto("/sign-in")
    page.get_by_role("button", name="用通行密钥登录").click()
    page.wait_for_url(re.compile("/$"))
    page.goto("/account/security")
    expect(page.get_by_role("heading", name="登录方式")).to_be_visible()
    proofs = list(alice.proofs.order_by("pk").values_list("factor", flat=True))
    assert proofs == ["code", "passkey"]
    # As a second factor in the middle of something, instead of a code.
    alice.proofs.all().delete()
    page.goto("/account/security/password")
    page.get_by_role("button", name="用通行密钥确认").click()
    page.wait_for_url("**/account/security/password")
    assert OneTimeCode.objects.count() == 1
    assert [event.kind for event in alice.account_events.exclude(kind="consent_given").order_by("pk")] == [
        "signed_in",
        "passkey_added",
        "signed_out",
        "signed_in",
    ]


def test_staff_show_their_passkey_as_second_step(page, phone, passkeys, settings):
    settings.DEMO = False
    MemberFactory(agrees=True, mobile=ALICE, is_staff=True, is_superuser=True)
    sign_in(page, phone)
    page.goto("/admin/")
    page.wait_for_url("**/account/security")
    page.goto("/account/security/passkey")
    page.get_by_role("button", name="开始设置").click()
    page.wait_for_url("**/account/security")
    assert page.goto("/admin/account/").status == 200
    page.goto("/account/security")
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url(re.compile("/$"))
    OneTimeCode.objects.all().delete()
    page.goto("/sign-in")
    page.get_by_label("手机号").fill("138 0000 0001")
    page.get_by_role("button", name="获取验证码").click()
    page.wait_for_url("**/sign-in/code")
    page.get_by_label("短信验证码").fill(phone(ALICE).code)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/sign-in/second-step")
    page.get_by_role("button", name="用通行密钥确认").click()
    page.wait_for_url(re.compile("/$"))
    assert page.goto("/admin/account/").status == 200


def test_it_works_without_scripts(browser, live_server, phone):
    MemberFactory(agrees=True, mobile=ALICE)
    context = browser.new_context(base_url=live_server.url, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    sign_in(page, phone)
    page.goto("/account/devices")
    expect(page.get_by_text("本机")).to_be_visible()
    context.close()
