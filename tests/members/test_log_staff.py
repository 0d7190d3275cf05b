"""What of the log needs a person: seen without personal data, looked into on record, tried again."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from members.consumers import consume, register
from members.models import ParkedEvent, PolicyEvent
from members.staff.parked_events import consumer_name
from tests.factories import MemberFactory
from tests.members.policy_log import SHARD, insert_outputs, outputs, published, refusing, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("log_output", "consumers")]

BULK = "/admin/bulk/members/parkedevent/redrive/"


def staff(*codes):
    member = MemberFactory(is_staff=True)
    for code in ("access_admin", *codes):
        member.user_permissions.add(Permission.objects.get(codename=code))
    return member


@pytest.fixture
def operator(client):
    operator = staff("view_parkedevent", "view_policyevent", "redrive_parkedevent", "see_policyevent_data")
    client.force_login(operator)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return operator


@pytest.fixture
def onlooker(client):
    onlooker = staff("view_parkedevent", "view_policyevent")
    client.force_login(onlooker)
    return onlooker


@pytest.fixture
def parked():
    """Three events that `points` would not take; the cause has been mended since."""
    events = published(3)
    register("points", refusing(*events))
    consume("points", SHARD)
    register("points", insert_outputs)
    return list(ParkedEvent.objects.order_by("event"))


def listed(client, name, **query):
    answer = client.get(reverse(f"{name}:index"), query)
    assert answer.status_code == 200
    return [row.pk for row in answer.context["object_list"]]


def page_of(client, parked):
    return client.get(reverse("parked_events:inspect", args=[parked.pk]))


def test_parked_events_are_listed_until_they_are_settled(client, operator, parked):
    first, *others = parked
    ParkedEvent.objects.filter(pk=first.pk).update(settled_at=timezone.now())
    assert sorted(listed(client, "parked_events")) == sorted(each.pk for each in others)


def test_parked_events_are_filtered_by_consumer(client, operator, parked):
    (other,) = published()
    register("benefits", refusing(other, *(each.event for each in parked)))
    consume("benefits", SHARD)
    assert sorted(listed(client, "parked_events", consumer="points")) == [each.pk for each in parked]


def test_the_page_gives_the_reason_and_no_personal_data(client, operator, parked):
    page = page_of(client, parked[0]).content.decode()
    assert "ValueError" in page
    # Staff read the package's name, and what to do.
    assert consumer_name("notifications") == str(apps.get_app_config("notifications").verbose_name)
    assert consumer_name("long gone") == "long gone"
    assert "Parked event" in page
    assert "once it is mended, try again" in page
    assert "no premium" not in page
    assert parked[0].event.subject in page
    assert "张三" not in page


def test_showing_the_data_is_recorded(client, operator, parked):
    event = parked[0].event
    answer = client.post(reverse("waiting_events:data", args=[event.pk]))
    assert "张三" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    entry = ModelLogEntry.objects.get(action="members.see_event_data")
    assert (entry.user, entry.object_id) == (operator, str(event.pk))


def test_a_one_time_code_is_shown_to_nobody(client, operator):
    event = write(state="waiting_subject", type="verification.otp", data={"otp": "246810", "minutes": 5})
    page = client.post(reverse("waiting_events:data", args=[event.pk])).content.decode()
    assert "246810" not in page
    assert "minutes" in page


def test_data_is_not_shown_by_following_a_link(client, operator, parked):
    assert client.get(reverse("waiting_events:data", args=[parked[0].event_id])).status_code == 405


def test_trying_again_settles_the_event_and_is_recorded(client, operator, parked):
    client.post(reverse("parked_events:redrive", args=[parked[0].pk]))
    parked[0].refresh_from_db()
    assert parked[0].settled_at is not None
    assert outputs() == [parked[0].event_id]
    assert ModelLogEntry.objects.get(action="members.redrive_event").user == operator


def test_trying_in_vain_leaves_the_event_with_one_more_attempt(client, operator, parked):
    register("points", refusing(parked[0].event))
    answer = client.post(reverse("parked_events:redrive", args=[parked[0].pk]), follow=True)
    assert "failed again" in answer.content.decode()
    parked[0].refresh_from_db()
    assert (parked[0].settled_at, parked[0].attempts) == (None, 2)


def test_trying_what_somebody_else_had_tried_says_so(client, operator, parked):
    for _ in range(2):
        answer = client.post(reverse("parked_events:redrive", args=[parked[0].pk]), follow=True)
    assert "in the meantime" in answer.content.decode()
    assert outputs() == [parked[0].event_id]


def test_many_are_tried_at_once(client, operator, parked, django_capture_on_commit_callbacks):
    chosen = parked[:2]
    address = BULK + "?" + "&".join(f"id={each.pk}" for each in chosen)
    assert client.get(address).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address)
    assert sorted(outputs()) == [each.event_id for each in chosen]
    assert list(ParkedEvent.objects.unsettled()) == [parked[2]]
    assert ModelLogEntry.objects.filter(action="members.redrive_event").count() == 2


def test_all_are_tried_at_once_and_settled_ones_stay(client, operator, parked, django_capture_on_commit_callbacks):
    ParkedEvent.objects.filter(pk=parked[0].pk).update(settled_at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        client.post(BULK + "?id=all")
    assert sorted(outputs()) == [each.event_id for each in parked[1:]]


def test_an_onlooker_sees_and_does_nothing_more(client, onlooker, parked, django_capture_on_commit_callbacks):
    page = page_of(client, parked[0])
    assert page.status_code == 200
    assert not page.context["may_see_data"]
    assert not page.context["may_redrive"]
    with django_capture_on_commit_callbacks(execute=True):
        for address in (
            reverse("parked_events:redrive", args=[parked[0].pk]),
            reverse("waiting_events:data", args=[parked[0].event_id]),
            BULK + "?id=all",
        ):
            client.post(address)
    assert outputs() == []
    assert ParkedEvent.objects.unsettled().count() == 3
    assert not ModelLogEntry.objects.exists()


@pytest.mark.parametrize("page", ["parked_events:index", "waiting_events:index"])
def test_members_and_strangers_see_nothing(client, page):
    assert client.get(reverse(page)).status_code == 302
    client.force_login(MemberFactory())
    assert client.get(reverse(page)).status_code in (302, 403)


def test_events_that_wait_too_long_are_listed_oldest_first(client, operator):
    now = timezone.now()
    older, newer = (write(state="waiting_subject", accepted_at=now - timedelta(hours=hours)) for hours in (90, 73))
    write(state="waiting_subject", accepted_at=now - timedelta(hours=71))
    assert listed(client, "waiting_events") == [older.pk, newer.pk]
    page = client.get(reverse("waiting_events:inspect", args=[older.pk])).content.decode()
    assert older.event_id in page
    assert "once it is imported, the event goes on by itself" in page
    assert "张三" not in page


@pytest.mark.parametrize("verb", ["add", "edit", "delete"])
def test_the_log_cannot_be_written_from_the_admin(client, verb):
    client.force_login(MemberFactory(is_staff=True, is_superuser=True))
    event = write(state="waiting_subject")
    for name in ("parked_events", "waiting_events"):
        index = reverse(f"{name}:index")
        for address in (f"{index}{verb}/", f"{index}{verb}/{event.pk}/", f"{index}{event.pk}/{verb}/"):
            assert client.get(address).status_code == 404
    assert PolicyEvent.objects.get() == event
