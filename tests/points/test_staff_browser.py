"""The staff's pages about points in a real browser: read in the dark and in a narrow window, by keyboard alone."""

from uuid import uuid4

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from members.roles import Role
from points.actions.adjust_points import propose_adjustment
from points.actions.open_hold import open_hold
from points.actions.seal_postings import seal_postings
from points.models import PointAdjustment
from points.queries import balance_of
from tests.accessible import obstacles
from tests.factories import MemberFactory
from tests.members.accounts import staff
from tests.points.test_merging_and_closing import in_days, owe
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def enter(page, live_server):
    return lambda who: sign_in(page.context, who, live_server)


@pytest.fixture
def alice(earn):
    """Has earned, ordered, and owed."""
    alice = MemberFactory(name="欧阳爱丽")
    owe(alice, earn, 40)
    earn(alice, 1240, cause="event:core/42")
    earn(alice, 300, available_at=in_days(30), expires_at=in_days(200))
    open_hold(member_id=alice.pk, points=200, scope="redemption", key="7", reason="PHONE-10", expires_at=in_days(1))
    seal_postings()
    return alice


@pytest.fixture
def olga():
    return staff(Role.SERVICE_AGENT, "Olga")


def test_pages_are_accessible_and_fit(page, enter, alice, olga):
    adjustment = propose_adjustment(
        member=alice, points=400, reason="goodwill", note="在柜台等了两小时", request_id=uuid4(), by=olga
    )
    enter(staff(Role.ADMINISTRATOR, "Ben"))
    paths = [
        reverse("wagtailadmin_home"),
        reverse("points_ledgers:index"),
        reverse("points_ledgers:member", args=[alice.pk]),
        reverse("points_ledgers:adjust", args=[alice.pk]),
        reverse("points_adjustments:index"),
        reverse("points_adjustments:inspect", args=[adjustment.pk]),
        reverse("points_liability:index"),
        reverse("member_files:inspect", args=[alice.pk]),
    ]
    found = {}
    for path in paths:
        page.goto(path)
        found[path] = obstacles(page, widths=[1440, 390])
    assert not any(found.values()), found


def test_two_people_give_points_by_keyboard(page, enter, alice, olga):
    enter(olga)
    page.goto(reverse("points_ledgers:member", args=[alice.pk]))
    page.get_by_role("link", name="调整积分").focus()
    page.keyboard.press("Enter")
    page.get_by_label("给会员加积分").focus()
    page.keyboard.press("Space")
    page.get_by_label("多少积分").focus()
    page.keyboard.type("450")
    page.get_by_label("原因").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_label("备注").focus()
    page.keyboard.type("在柜台等了两小时")
    page.get_by_role("button", name="调整").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("尚未记账")).to_be_visible()
    expect(page.get_by_role("button", name="通过并记账")).to_have_count(0)
    assert PointAdjustment.objects.get().waits
    enter(staff(Role.BENEFITS_MANAGER, "Ben"))
    page.goto(reverse("wagtailadmin_home"))
    page.get_by_role("link", name="待复核的积分调整").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="欧阳爱丽").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("在柜台等了两小时")).to_be_visible()
    page.get_by_role("button", name="通过并记账").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("已记账。")).to_be_visible()
    assert balance_of(alice.pk).available == 1000 + 450
