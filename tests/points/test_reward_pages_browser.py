"""The staff's pages of rewards in a real browser: read in the dark and in a narrow window, used by keyboard alone."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from members.roles import Role
from points.actions.give_back_redemption import propose_giving_back
from points.actions.load_rewards import load_rewards
from points.models import Redemption, Reward
from tests.accessible import obstacles
from tests.members.accounts import staff
from tests.points.reward_cast import DONATE, PHONE, TELEDOC, change, fill_pool, make_project, redeem, redeemer
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mei(page, live_server):
    """Runs the rewards, and is logged in."""
    load_rewards()
    mei = staff(Role.BENEFITS_MANAGER)
    sign_in(page.context, mei, live_server)
    return mei


@pytest.fixture
def doubtful(mei):
    redemption = redeem(redeemer(), PHONE)
    Redemption.objects.filter(pk=redemption.pk).update(
        state="doubtful", attempts=9, problem="no answer in time", next_try_at=timezone.now() + timedelta(minutes=30)
    )
    return redemption


@pytest.fixture
def paths(doubtful):
    """The pages with something on each that calls for a decision."""
    change(PHONE, cost_points=900)
    soon = timezone.localdate() + timedelta(days=20)
    batch = fill_pool(TELEDOC, f"A,{soon}", "B,", "B,", ",", "C,soon", header="code,expires_on")
    code = redeem(redeemer(), TELEDOC)
    donation = redeem(redeemer(), DONATE, project_id=make_project().pk)
    propose_giving_back(
        redemption_id=code.pk,
        points=300,
        reason="no_good",
        note="门诊说券码已被使用",
        request_id=uuid4(),
        by=staff(Role.SERVICE_AGENT, "Olga"),
    )
    return [
        reverse("wagtailadmin_home"),
        *(reverse(f"{name}:index") for name in ("rewards", "voucher_pools", "redemptions", "charity_projects")),
        reverse("rewards:edit", args=[Reward.objects.get(sku=PHONE).pk]),
        reverse("rewards:inspect", args=[batch.reward_id]),
        reverse("voucher_pools:inspect", args=[batch.reward_id]),
        reverse("voucher_pools:import", args=[batch.reward_id]),
        reverse("voucher_pools:batch", args=[batch.reward_id, batch.pk]),
        reverse("voucher_pools:withdraw", args=[batch.reward_id, batch.pk]),
        *(reverse("redemptions:inspect", args=[redemption.pk]) for redemption in (doubtful, code, donation)),
        reverse("charity_projects:add"),
    ]


def test_pages_are_accessible_and_fit(page, paths):
    found = {}
    for path in paths:
        page.goto(path)
        found[path] = obstacles(page, widths=[1440, 390])
    assert not any(found.values()), found


def test_a_doubt_is_settled_by_keyboard(page, doubtful):
    page.goto(reverse("wagtailadmin_home"))
    page.get_by_role("link", name="存疑的兑换: 1").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="手机话费10元").first.focus()
    page.keyboard.press("Enter")
    page.get_by_label("没有发放，也不会再发放：退回积分").focus()
    page.keyboard.press("Space")
    page.get_by_label("原因").focus()
    page.keyboard.type("供应商查无此单")
    page.get_by_role("button", name="处理", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("已处理：积分已退回会员。")).to_be_visible()
    assert Redemption.objects.get(pk=doubtful.pk).settled_because == "供应商查无此单"
