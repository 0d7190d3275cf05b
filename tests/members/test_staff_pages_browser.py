"""Terms of actions and members' files in a real browser: read in the dark and in a narrow window, by keyboard alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from members.actions.block_account import block_account, propose_release
from members.actions.decide_policy_change import decide_policy_change
from members.actions.grant_level import grant_level
from members.actions.propose_policy_change import propose_policy_change
from members.actions.review_level import propose_advanced_level
from members.assurance import default_terms
from members.models import Level, PolicyChange
from members.roles import Role
from members.staff.member_acts import ACTS
from tests.accessible import obstacles
from tests.factories import CustomerFactory, MemberFactory, WeChatBindingFactory
from tests.members.accounts import staff
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ben(page, live_server):
    """Runs the platform, and is logged in."""
    ben = staff(Role.ADMINISTRATOR, "Ben")
    sign_in(page.context, ben, live_server)
    return ben


@pytest.fixture
def alice():
    """Verified, in WeChat, and proposed for the advanced level."""
    ann = staff(Role.APPROVER, "Ann")
    customer = CustomerFactory(name="欧阳爱丽", id_type="resident_id", id_no="110101199003070011")
    alice = MemberFactory(name="欧阳爱丽", customer=customer)
    WeChatBindingFactory(member=alice)
    grant_level(member=alice, level=Level.VERIFIED, method="identity_match", evidence="customer:1", entrance="web")
    propose_advanced_level(member=alice, reason="no_face", evidence="VIDEO-2026-7", entrance="counter", by=ann)
    return alice


@pytest.fixture
def bob():
    """Blocked, and proposed to be unblocked."""
    ann, bob = staff(Role.APPROVER, "Ann"), MemberFactory(name="王大伟")
    block_account(member=bob, reason="reported", entrance="hotline", by=ann)
    propose_release(member=bob, finding="本人到柜面核实", by=ann)
    return bob


@pytest.fixture
def change(ben):
    """Proposed by Ann; one before it is in force."""
    ann = staff(Role.ADMINISTRATOR, "Ann")
    _small, large = default_terms()["surrender.apply"]
    first = propose_policy_change(terms=replace(large, hold=timedelta(hours=24)), reason="防范代理退保", by=ann)
    decide_policy_change(change_id=first.pk, approve=True, by=ben)
    return propose_policy_change(terms=replace(large, hold=timedelta(hours=48)), reason="假期延长", by=ann)


@pytest.fixture
def paths(alice, bob, change):
    return [
        reverse("wagtailadmin_home"),
        reverse("action_policies:index"),
        reverse("action_policies:propose", args=["surrender.apply", "10000.00"]),
        reverse("policy_changes:index"),
        reverse("policy_changes:inspect", args=[change.pk]),
        reverse("member_files:index"),
        *(reverse("member_files:inspect", args=[member.pk]) for member in (alice, bob)),
        *(reverse(f"member_files:{name}", args=[alice.pk]) for name in ACTS),
    ]


def test_pages_are_accessible_and_fit(page, paths):
    found = {}
    for path in paths:
        page.goto(path)
        found[path] = obstacles(page, widths=[1440, 390])
    assert not any(found.values()), found


def test_a_change_is_approved_by_keyboard(page, change):
    page.goto(reverse("policy_changes:index"))
    page.get_by_role("link", name="申请退保").first.focus()
    page.keyboard.press("Enter")
    page.get_by_label("意见").focus()
    page.keyboard.type("同意")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("已通过，即刻生效。")).to_be_visible()
    assert PolicyChange.objects.get(pk=change.pk).remark == "同意"


def test_numbers_are_shown_by_keyboard_and_masked_again(page, ben, alice):
    page.goto(reverse("member_files:inspect", args=[alice.pk]))
    page.get_by_role("link", name="查看完整号码").focus()
    page.keyboard.press("Enter")
    page.get_by_label("核对来电或到访的是不是本人").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="查看完整号码").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("110101199003070011")).to_be_visible()
    page.get_by_role("link", name="返回会员档案").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("110101199003070011")).to_have_count(0)
    expect(page.get_by_text("**************0011")).to_be_visible()
