"""The message log: found by what staff know, opened by who may, decided by a person."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone, translation
from wagtail.models import ModelLogEntry

from notifications.actions.announce import announce_policy_events
from notifications.models import Message
from tests.factories import CustomerFactory, MemberFactory, PolicyEventFactory, PolicyFactory

pytestmark = pytest.mark.django_db
State = Message.State


@pytest.fixture
def alice():
    return CustomerFactory(reachable=True, name="欧阳爱丽", mobile="+8613811112222")


@pytest.fixture
def message(premium_due, alice):
    policy = PolicyFactory(policyholder=alice, policy_no="P777")
    data = {"policy_no": "P777", "customer_name": "欧阳女士", "premium": "6800.00", "due_date": "2026-12-31"}
    announce_policy_events([PolicyEventFactory(data=data, subject=policy.policy_no)])
    return Message.objects.get()


def staff(*codes):
    operator = MemberFactory(is_staff=True)
    for code in ("access_admin", "view_message", *codes):
        operator.user_permissions.add(Permission.objects.get(codename=code))
    return operator


@pytest.fixture
def operator(client):
    operator = staff("read_message", "redrive_message")
    client.force_login(operator)
    with translation.override("en"):
        yield operator


def listed(client, **query):
    answer = client.get(reverse("notification_messages:index"), query)
    assert answer.status_code == 200
    return {row.pk for row in answer.context["object_list"]}


@pytest.mark.parametrize("about", ["P777", "欧阳爱丽", "138 1111 2222", "+8613811112222", "renewal.premium_due_30d"])
def test_message_is_found_by_what_staff_know(client, operator, message, about):
    assert listed(client, about=about) == {message.pk}


def test_message_is_found_by_customer_number_channel_and_state(client, operator, message, alice):
    assert listed(client, about=alice.customer_no, channel="sms", state="pending") == {message.pk}
    assert listed(client, channel="letter") == set()
    assert listed(client, about="P778") == set()


def test_late_messages_are_found(client, operator, message):
    assert listed(client, late="on") == set()
    Message.objects.update(due_at=timezone.now())
    assert listed(client, late="on") == {message.pk}


def test_page_shows_the_timeline_and_no_personal_data(client, operator, message):
    page = client.get(reverse("notification_messages:inspect", args=[message.pk])).content.decode()
    assert "138****2222" in page
    assert "13811112222" not in page
    assert message.body not in page


def test_reading_the_text_is_recorded(client, operator, message):
    page = client.post(reverse("notification_messages:text", args=[message.pk])).content.decode()
    assert message.body in page
    assert ModelLogEntry.objects.get(action="notifications.read_text").user == operator


def test_who_may_only_list_cannot_read_or_decide(client, message):
    client.force_login(staff())
    assert client.get(reverse("notification_messages:inspect", args=[message.pk])).status_code == 200
    for action in ("text", "redrive", "settle", "letter"):
        answer = client.post(reverse(f"notification_messages:{action}", args=[message.pk]))
        assert answer.status_code in (302, 403)
    message.refresh_from_db()
    assert message.state == State.PENDING
    assert not ModelLogEntry.objects.filter(action__startswith="notifications.").exists()


@pytest.mark.parametrize("page", ["notification_messages:index", "notification_figures:index"])
def test_members_and_strangers_see_nothing(client, page, db):
    assert client.get(reverse(page)).status_code == 302
    client.force_login(MemberFactory())
    assert client.get(reverse(page)).status_code in (302, 403)


def test_parked_message_goes_out_with_the_mended_text(client, operator, message, premium_due):
    Message.objects.update(state=State.PARKED, reason="no published text")
    text = premium_due.templates.get(channel="sms")
    text.unpublish()
    client.post(reverse("notification_messages:redrive", args=[message.pk]))
    message.refresh_from_db()
    assert message.state == State.PARKED
    text.body = "新文本{{policy_no}}"
    text.save_revision(clean=False).publish()
    client.post(reverse("notification_messages:redrive", args=[message.pk]))
    message.refresh_from_db()
    assert (message.state, message.body, message.reason) == (State.PENDING, "新文本P777", "")


def test_uncertain_message_is_settled_by_a_person(client, operator, message):
    Message.objects.update(state=State.UNCERTAIN, reason="answer lost")
    client.post(reverse("notification_messages:settle", args=[message.pk]))
    message.refresh_from_db()
    assert message.state == State.SENT
    assert ModelLogEntry.objects.filter(action="notifications.settle", user=operator).exists()


def test_one_time_code_is_shown_to_nobody(client, operator, message, premium_due):
    premium_due.variables = {**premium_due.variables, "otp": "str"}
    premium_due.save()
    assert client.post(reverse("notification_messages:text", args=[message.pk])).status_code in (302, 403)


def test_todays_figures_count_by_channel_and_state(client, operator, message):
    answer = client.get(reverse("notification_figures:index"))
    assert answer.context["figures"].by_channel["sms"] == {"pending": 1}
    assert "<svg" in answer.content.decode()
