"""Booking a visit from the first page to the code for the desk, on a phone, in Chinese."""

import re
from datetime import datetime, time

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import expect

from benefits.actions.book_visit import book_visit
from benefits.models import Booking, FamilyGuest, SiteService
from benefits.queries.places import next_free_slots
from tests.accessible import complaints, obstacles
from tests.benefits.network import SHANGHAI
from tests.benefits.visitors import terms, visitor
from tests.pages import MemberPage
from tests.visits import SIZES, open_as

pytestmark = pytest.mark.django_db(transaction=True)
START = MemberPage("book", "/me/benefits/book", "verified")
#: Near the second place of the cast.
HERE = {"latitude": 31.271, "longitude": 121.474}


@pytest.mark.parametrize("scripts", [True, False])
def test_the_whole_way(browser, live_server, scripts):
    with open_as(browser, live_server, START, scripts=scripts) as page:
        page.get_by_role("link", name=re.compile("洁牙服务")).click()
        expect(page.get_by_role("heading", name="洁牙服务")).to_be_visible()
        # On the first days some hours are too soon, and which ones depends on the time of day.
        page.locator(".days a").nth(7).click()
        page.get_by_role("link", name=re.compile("人民广场门诊部")).click()
        page.get_by_label(re.compile("李小红 · 配偶")).check()
        page.get_by_role("button", name=re.compile("15:00")).click()
        expect(page.get_by_text("李小红 · 配偶")).to_be_visible()
        expect(page.get_by_text("免费取消截至")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES["narrow"][0]
        page.get_by_role("button", name="确认预约").click()
        expect(page.get_by_role("heading", name="预约成功")).to_be_visible()
        made = Booking.objects.order_by("pk").last()
        expect(page.get_by_text(f"{made.code[:4]} {made.code[4:]}")).to_be_visible()
        expect(page.get_by_role("img", name=re.compile("二维码"))).to_be_visible()
        assert timezone.localtime(made.starts_at).hour == 15
        assert made.guest == FamilyGuest.objects.get(relation="spouse")
        with page.expect_download() as downloading:
            page.get_by_role("link", name="加入手机日历").click()
        assert downloading.value.suggested_filename == f"B{made.pk:08d}.ics"
        page.get_by_role("link", name="改时间或网点").click()
        page.get_by_role("link", name=re.compile("16:00")).click()
        page.get_by_role("button", name="确认改约").click()
        expect(page.get_by_text("已改约，签到码不变。")).to_be_visible()
        page.get_by_role("link", name="取消预约").click()
        expect(page.get_by_text("现在取消免费，次数退回，可以重新预约。")).to_be_visible()
        page.get_by_role("button", name="取消预约").click()
        expect(page.get_by_role("heading", name="预约已取消")).to_be_visible()
        made.refresh_from_db()
        assert made.state == "cancelled"


@pytest.mark.parametrize("hour", ["09:00", "16:04", "22:30"])
def test_the_nearest_first_by_a_button_and_nothing_of_it_in_the_address(browser, live_server, hour):
    """At any hour: three days from now the last times of the day are too soon, or all are still to come."""
    now = datetime.combine(timezone.localdate(), time.fromisoformat(hour), SHANGHAI)
    with (
        time_machine.travel(now),
        open_as(browser, live_server, MemberPage("s", f"{START.path}/dental_cleaning", "verified")) as page,
    ):
        page.context.grant_permissions(["geolocation"], origin=live_server.url)
        page.context.set_geolocation(HERE)
        first = page.locator("a.cell strong").first
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.get_by_role("button", name="离我最近的排前面").click()
        expect(page.get_by_role("button", name="已按距离排序，重新定位")).to_be_visible()
        expect(first).to_have_text("仁和齿科徐家汇中心")
        expect(page.locator("a.cell").first).to_contain_text("公里")
        page.locator(".days button").nth(1).click()
        expect(page.locator(".days button").nth(1)).to_have_attribute("aria-pressed", "true")
        expect(first).to_have_text("仁和齿科徐家汇中心")
        assert not [url for url in [*asked, page.url] if "31.2" in url or "121.4" in url]
        assert obstacles(page) == []
        first.click()
        page.go_back()
        expect(first).to_be_visible()


def test_who_does_not_say_where_they_are_chooses_the_city(browser, live_server):
    with open_as(browser, live_server, MemberPage("s", f"{START.path}/dental_cleaning", "verified")) as page:
        page.context.clear_permissions()
        page.get_by_role("button", name="离我最近的排前面").click()
        expect(page.get_by_text("手机没有提供位置，请改选城市。")).to_be_visible()
        assert complaints(page) == []


def test_somebody_was_quicker(browser, live_server):
    with open_as(browser, live_server, START) as page:
        place = SiteService.objects.order_by("pk").first()
        slot = next_free_slots(place.pk, timezone.now(), 9)[-1]
        page.goto(f"{START.path}/dental_cleaning/{place.pk}?day={timezone.localdate(slot.starts_at)}")
        page.get_by_role("button", name=f"{timezone.localtime(slot.starts_at):%H:%M}").click()
        for number in range(slot.left):
            this_year = {"starts_on": timezone.localdate(), "ends_on": timezone.localdate(slot.starts_at)}
            other = visitor(allowance=terms(), **this_year)
            book_visit(member=other, site_service_id=place.pk, starts_at=slot.starts_at, key=str(number))
        page.get_by_role("button", name="确认预约").click()
        expect(page.get_by_role("heading", name="刚被约走了")).to_be_visible()
        assert obstacles(page) == []
        # The customer has visits already, and may not be in two places at once.
        taken = [timezone.localtime(visit.starts_at).isoformat() for visit in Booking.objects.filter(state="booked")]
        offered = page.locator("button[name=starts_at]")
        free = [each for each in offered.all() if each.get_attribute("value") not in taken]
        free[-1].click()
        page.get_by_role("button", name="确认预约").click()
        expect(page.get_by_role("heading", name="预约成功")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_rated_with_a_tap(browser, live_server, scripts):
    done = MemberPage("done", "/me/benefits/bookings/2", "verified")
    with open_as(browser, live_server, done, care=True, scripts=scripts) as page:
        page.get_by_role("button", name="提交").click()
        if scripts:  # without, the browser says it in its own words
            expect(page.get_by_text("请选择其中一项。").first).to_be_visible()
        page.get_by_label(re.compile("很好")).check()
        page.get_by_role("button", name="提交").click()
        expect(page.get_by_text("很好")).to_be_visible()
        assert Booking.objects.get(pk=2).rating == 5
