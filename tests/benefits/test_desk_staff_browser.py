"""The staff's pages about cases, settlements and desks in a real browser; and a scanner at a provider's desk."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from benefits.models import Booking, Case, DeskWorker
from members.roles import Role
from tests.accessible import obstacles
from tests.benefits.desk_cast import a_desk
from tests.members.accounts import staff
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def desk(private):
    return a_desk()


@pytest.fixture
def enter(page, live_server):
    return lambda who: sign_in(page.context, who, live_server)


def test_pages_are_accessible_and_fit(page, enter, desk):
    enter(staff(Role.ADMINISTRATOR, "Ben"))
    caller = Case.objects.get(pk=desk.case_id).customer_id
    paths = [
        reverse("wagtailadmin_home"),
        reverse("benefit_cases:index"),
        reverse("benefit_cases:inspect", args=[desk.case_id]),
        reverse("customer_entitlements:customer", args=[caller]),
        reverse("customer_entitlements:case", args=[caller, "hospital_guidance"]),
        reverse("settlements:index"),
        reverse("settlements:inspect", args=[desk.settlement_id]),
        reverse("line_disputes:index"),
        reverse("line_disputes:inspect", args=[desk.dispute_id]),
        reverse("desk_workers:index"),
        reverse("desk_workers:add"),
        reverse("desk_workers:delete", args=[desk.worker_id]),
    ]
    found = {}
    for path in paths:
        page.goto(path)
        found[path] = obstacles(page, widths=[1440, 390])
    assert not any(found.values()), found


def test_scanner_types_the_code_and_presses_enter(page, enter):
    enter(DeskWorker.objects.get().member)
    booking = Booking.objects.get(state="booked", starts_at__date=timezone.localdate())
    page.goto("/desk")
    page.get_by_label("签到码").focus()
    page.keyboard.type(booking.code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("孙一鸣")
    page.get_by_role("button", name="服务完成").click()
    expect(page.get_by_role("status").first).to_be_visible()
    booking.refresh_from_db()
    assert booking.state == "completed"
