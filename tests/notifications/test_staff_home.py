"""The admin's home: what waits for whom, how much of it, and where it is decided."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone, translation

from members.models import BookImport, ParkedEvent, PolicyEvent
from notifications.models import Message, ProviderState
from tests.factories import MemberFactory, PolicyEventFactory
from tests.notifications.test_staff_messages import alice, message  # noqa: F401  # fixtures

pytestmark = pytest.mark.django_db
SEES = ("view_message", "view_providerstate", "view_parkedevent", "view_policyevent", "add_bookimport")


@pytest.fixture(autouse=True)
def english(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    with translation.override("en"):
        yield


def home_of(client, *codes):
    member = MemberFactory(is_staff=True)
    for code in ("access_admin", *codes):
        member.user_permissions.add(Permission.objects.get(codename=code))
    client.force_login(member)
    return client.get(reverse("wagtailadmin_home"))


def waiting(answer):
    """What the panel lists → how many."""
    found = [panel for panel in answer.context["panels"] if type(panel).__name__ == "WaitingPanel"]
    context = found[0].get_context_data({"request": answer.wsgi_request})
    return {str(each.what): each.count for each in context["waiting"]}


def test_home_shows_what_waits_and_leads_there(client, message):  # noqa: F811
    Message.objects.update(due_at=timezone.now())
    other = Message.objects.get()
    other.pk, other.cause, other.state, other.reason = None, "other", Message.State.UNCERTAIN, "answer lost"
    other.save()
    ProviderState.objects.create(name="smtp", paused_until=timezone.now() + timedelta(hours=1))
    ParkedEvent.objects.create(consumer="notifications", event=PolicyEvent.objects.get(), error="KeyError")
    ParkedEvent.objects.create(
        consumer="points", event=PolicyEvent.objects.get(), error="mended", settled_at=timezone.now()
    )
    PolicyEventFactory(state="waiting_subject", xid=None, accepted_at=timezone.now() - timedelta(hours=73))
    PolicyEventFactory(state="waiting_subject", xid=None, accepted_at=timezone.now() - timedelta(hours=71))
    for state in BookImport.State:
        BookImport.objects.create(uploaded_by=MemberFactory(), state=state)
    answer = home_of(client, *SEES)
    assert waiting(answer) == {
        "Parked events": 1,
        "Events waiting for more than 72 hours": 1,
        "Imports going on": 2,
        "Messages that were parked, or of which nobody knows whether they went out": 1,
        "Late messages": 1,
        "Providers left alone": 1,
    }
    page = answer.content.decode()
    assert "2 messages today, 0 delivered" in page
    for name in ("parked_events", "waiting_events", "book_imports", "notification_providers", "notification_figures"):
        assert f'href="{reverse(f"{name}:index")}"' in page


def test_home_says_that_nothing_waits(client, db):
    answer = home_of(client, *SEES)
    assert waiting(answer) == {}
    assert "Nothing waits for a decision." in answer.content.decode()


def test_home_counts_nothing_for_those_who_may_not_see_it(client, message):  # noqa: F811
    Message.objects.update(due_at=timezone.now())
    answer = home_of(client)
    assert waiting(answer) == {}
    page = answer.content.decode()
    assert "Nothing waits" not in page
    assert "messages today" not in page
