"""Two of the staff at work in a real browser: marketing writes a rule, an approver switches it on."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from points.actions.simulate_rule import run_simulation
from points.models import EarningRule, RuleChange, RuleSimulation
from points.queries import balance_of
from tests.accessible import obstacles
from tests.members.accounts import staff
from tests.points.earning import load, served
from tests.points.test_earning_caps import campaign
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def enter(page, live_server):
    return lambda who: sign_in(page.context, who, live_server)


def test_an_editor_drafts_and_an_approver_switches_on(page, enter, alice):
    enter(staff("Marketing editor", "Ann"))
    page.goto(reverse("rule_changes:add"))
    page.get_by_label("触发事件").select_option("service.completed")
    page.get_by_role("button", name="继续").click()
    page.locator("#id_code").fill("festival.address")
    page.locator("#id_name_zh").fill("更新地址")
    page.locator("#id_name_en").fill("Address")
    page.locator("#id_points").fill("30")
    page.locator("#id_conditions-0-field").select_option("event.service")
    page.locator("#id_conditions-0-operator").select_option("is")
    value = page.locator("#id_conditions-0-value")
    value.fill("renewal.pay_premium")
    page.locator("#id_reason").fill("客服节")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_text("《保险法》第一百一十六条").first).to_be_visible()
    assert not RuleChange.objects.exists()
    value.fill("account.address_email_change")
    page.get_by_role("button", name="预览文字说明").click()
    expect(page.get_by_text("规则内容如下，尚未保存。")).to_be_visible()
    expect(page.get_by_role("cell", name="服务是")).to_be_visible()
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_text("草稿已保存，尚不发放积分。")).to_be_visible()
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("另一位同事复核通过后生效").first).to_be_visible()

    enter(staff("Approver", "Ben"))
    page.goto(reverse("rule_changes:inspect", args=[RuleChange.objects.get().pk]))
    page.get_by_role("button", name="通过").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("规则即刻生效。")).to_be_visible()
    assert EarningRule.objects.get().live
    served(alice, "account.address_email_change")
    assert balance_of(alice.pk).available == 30


def test_pages_are_accessible_and_fit(page, enter, alice):
    load()
    admin = staff("Administrator", "Carla")
    enter(admin)
    quiz = EarningRule.objects.get(code="self_service.transaction")
    terms = quiz.terms() | {"cap_day": 80}
    change = RuleChange.objects.create(**terms, reason="客服节", drafted_by=admin, replaces=quiz.stored_terms())
    simulation = RuleSimulation.objects.create(change=change, terms=change.stored_terms(), days=30, asked_by=admin)
    run_simulation(simulation_id=simulation.pk)
    result = {"events": 9, "payments": 3, "points": 90, "bonus": 0, "taken_back": 0, "members": 1,
              "by_day": {"2026-11-01": 60, "2026-11-02": 30}, "whys": {"cap": 6}, "top": [[alice.pk, 90]]}  # fmt: skip
    RuleSimulation.objects.update(result=result)
    now = timezone.now()
    double = campaign(
        rules=[quiz.code], starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=1), budget=50_000
    )
    served(alice, "account.address_email_change")
    found = {}
    for path in (
        reverse("earning_rules:index"),
        reverse("earning_rules:inspect", args=[quiz.pk]),
        reverse("rule_changes:index"),
        reverse("rule_changes:inspect", args=[change.pk]),
        reverse("rule_changes:revise", args=[change.pk]),
        reverse("rule_changes:simulation", args=[simulation.pk]),
        reverse("earning_campaigns:index"),
        reverse("earning_campaigns:add"),
        reverse("earning_campaigns:inspect", args=[double.pk]),
        reverse("rule_payments:index"),
    ):
        page.goto(path)
        found[path] = obstacles(page, widths=[1440, 390])
    assert not any(found.values()), found
