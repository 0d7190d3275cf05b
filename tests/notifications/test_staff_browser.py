"""The staff's pages in a real browser: read in the dark and in a narrow window, and used by keyboard alone."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from members.models import BookImport, ParkedEvent, PolicyEvent
from notifications.models import EventType, Message, ProviderState
from tests.accessible import obstacles
from tests.factories import MemberFactory
from tests.notifications.test_staff_messages import alice, message  # noqa: F401  # fixtures
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def olga(page, live_server):
    """Works in operations, and is logged in."""
    olga = MemberFactory(is_staff=True, is_superuser=True, name="Olga")
    sign_in(page.context, olga, live_server)
    return olga


@pytest.fixture
def paths(message, olga):  # noqa: F811
    """The pages with something on each that calls for a decision."""
    Message.objects.update(state="uncertain", reason="no answer in time")
    EventType.objects.update(shipped={"deadline": "PT4H", "channels": ["sms"]})
    ProviderState.objects.create(name="smtp", failures=5, paused_until=timezone.now() + timedelta(hours=1))
    parked = ParkedEvent.objects.create(consumer="notifications", event=PolicyEvent.objects.get(), error="KeyError")
    running = BookImport.objects.create(uploaded_by=olga, state="running")
    running.files.create(name="customers.csv", size_bytes=10, done_bytes=4)
    return [
        reverse("wagtailadmin_home"),
        *(reverse(f"{name}:index") for name in ("notification_figures", "notification_messages")),
        *(reverse(f"{name}:index") for name in ("notification_event_types", "notification_providers", "api_keys")),
        reverse("notification_messages:inspect", args=[message.pk]),
        reverse("notification_event_types:edit", args=[message.event_type_id.replace("_", "_5F")]),
        reverse("parked_events:inspect", args=[parked.pk]),
        reverse("book_imports:inspect", args=[running.pk]),
        reverse("book_imports:add"),
    ]


def test_pages_are_accessible_and_fit(page, paths):
    found = {}
    for path in paths:
        page.goto(path)
        found[path] = obstacles(page, widths=[1440, 390])
    assert not any(found.values()), found


def test_a_message_is_found_and_filtered_by_keyboard(page, message, olga):  # noqa: F811
    page.goto(reverse("notification_messages:index"))
    page.locator("#wanted").focus()
    page.keyboard.type("P777")
    page.keyboard.press("Enter")
    expect(page.locator("#wanted")).to_have_value("P777")
    assert "P777" not in page.url
    page.goto(f"{page.url}&channel=sms")
    expect(page.locator("#listing-results td.title")).to_have_count(1)
    page.locator(".w-pill__remove").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".w-pill")).to_have_count(0)
    expect(page.locator("#listing-results td.title")).to_have_count(1)
    assert "found=" in page.url
    assert "channel=sms" not in page.url


def test_the_columns_of_the_book_are_opened_by_keyboard(page, olga):
    page.goto(reverse("book_imports:add"))
    page.locator("summary", has_text="customers.csv").focus()
    page.keyboard.press("Enter")
    expect(page.locator("code", has_text="eletter_consent")).to_be_visible()
