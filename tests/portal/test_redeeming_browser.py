"""Redeeming in a real browser: by keyboard alone, with the proof in between, until it has come."""

import re

import pytest
from playwright.sync_api import expect

from points.actions.fulfil_redemption import settle
from points.models import Redemption, VoucherShowing
from points.rewards.providers import Answer, Outcome
from tests.accessible import complaints, obstacles
from tests.factories import MemberFactory
from tests.members.accounts import verified
from tests.points.conftest import rewards  # noqa: F401  # fixture
from tests.points.reward_cast import TELEDOC, earn
from tests.signing_in import sign_in
from tests.visits import give_codes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rewards")]
ALICE = "+8613800000001"


@pytest.fixture
def alice(page, live_server):
    """Verified, with points, signed in with nothing proved yet."""
    member = earn(verified(MemberFactory(agrees=True, mobile=ALICE)), 12_000)
    sign_in(page.context, member, live_server)
    return member


def press(page, role, name):
    """Tab by tab to what bears this name, and Enter: nothing that a mouse alone can reach."""
    wanted = page.get_by_role(role, name=name).first
    expect(wanted).to_be_visible()
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"{name} is not reached by keyboard")


def prove(page, codes):
    page.wait_for_url("**/account/confirm?**")
    press(page, "button", re.compile("发送|获取"))
    page.get_by_label("短信验证码").focus()
    page.keyboard.type(codes[ALICE])
    page.keyboard.press("Enter")


def test_from_the_list_to_the_phone_by_keyboard(page, alice, codes):
    page.goto("/points")
    press(page, "link", "兑换")
    page.wait_for_url("**/points/rewards")
    assert complaints(page) == []
    press(page, "link", re.compile("手机话费10元"))
    page.wait_for_url("**/points/rewards/PHONE-10")
    press(page, "button", "继续")
    prove(page, codes)
    page.wait_for_url("**/points/rewards/PHONE-10/redeem")
    expect(page.get_by_text("11,000")).to_be_visible()
    assert complaints(page) == []
    press(page, "button", "确认兑换")
    page.wait_for_url(re.compile(r"/points/redemptions/\d+$"))
    expect(page.get_by_text("等待服务商接单")).to_be_visible()
    assert obstacles(page, widths=[360, 1440]) == []
    made = Redemption.objects.get()
    settle(is_new=False, redemption_id=made.pk, attempt=made.attempts, answer=Answer(Outcome.DELIVERED))
    # The page asks by itself; nobody reloads it.
    expect(page.get_by_text("138****0001").first).to_be_attached()
    expect(page.locator("[role=status]")).to_contain_text("已到账")
    expect(page.locator("#stands")).not_to_have_attribute("data-follow", re.compile("."))


def test_a_double_click_redeems_once(page, alice, codes):
    page.goto("/points/rewards/PHONE-10")
    page.get_by_role("button", name="继续").click()
    prove(page, codes)
    page.get_by_role("button", name="确认兑换").dblclick()
    page.wait_for_url(re.compile(r"/points/redemptions/\d+$"))
    assert Redemption.objects.count() == 1


@pytest.mark.parametrize("scripts", [True, False])
def test_a_code_is_shown_by_pressing_with_or_without_scripts(browser, live_server, codes, scripts):
    alice = earn(verified(MemberFactory(agrees=True, mobile=ALICE)), 12_000)
    give_codes(alice)
    context = browser.new_context(base_url=live_server.url, locale="zh-CN", java_script_enabled=scripts)
    context.set_default_timeout(10_000)
    sign_in(context, alice, live_server)
    page = context.new_page()
    page.goto(f"/points/rewards/{TELEDOC}")
    page.get_by_role("button", name="继续").click()
    page.get_by_role("button", name=re.compile("发送|获取")).click()
    page.get_by_label("短信验证码").fill(codes[ALICE])
    page.get_by_role("button", name="确认").click()
    page.get_by_role("button", name="确认兑换").click()
    page.wait_for_url(re.compile(r"/points/redemptions/\d+$"))
    assert "A1B2C3D4E" not in page.content()
    page.get_by_role("button", name="查看券码").click()
    expect(page.get_by_text(re.compile("HEALTH-TELEDOC-A1B2C3D4E"))).to_be_visible()
    if scripts:
        assert complaints(page) == []
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="复制").click()
        expect(page.get_by_role("button", name="已复制")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()").startswith("HEALTH-TELEDOC-A1B2C3D4E")
    else:
        expect(page.locator("[data-copies]")).to_be_hidden()
    assert VoucherShowing.objects.count() == 1
    page.get_by_role("link", name="隐藏券码").click()
    expect(page.get_by_text("查看过券码")).to_be_visible()
    assert "A1B2C3D4E" not in page.content()
    context.close()
