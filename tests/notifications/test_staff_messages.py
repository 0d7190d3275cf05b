"""The message log: found by what staff know, opened by who may, decided by a person."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from wagtail.models import ModelLogEntry

from members.crypto import blind_index
from notifications.actions.announce import announce_policy_events
from notifications.actions.redrive_messages import Refusal
from notifications.letters.content import LetterContent
from notifications.models import Letter, Message
from notifications.queries import Troubles, figures_of_today, troubles
from notifications.staff.messages import about
from tests.factories import AgentFactory, CustomerFactory, MemberFactory, PolicyEventFactory, PolicyFactory

pytestmark = pytest.mark.django_db
State = Message.State


@pytest.fixture
def alice():
    return CustomerFactory(reachable=True, name="欧阳爱丽", mobile="+8613811112222", email="alice@example.com")


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
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    with translation.override("en"):
        yield operator


INDEX = "notification_messages:index"


def listed(client, **query):
    answer = client.get(reverse(INDEX), query)
    assert answer.status_code == 200
    return {row.pk for row in answer.context["object_list"]}


def found(client, wanted, **query):
    answer = client.post(reverse(INDEX, query=query), {"wanted": wanted}, follow=True)
    assert answer.status_code == 200
    return {row.pk for row in answer.context["object_list"]}


@pytest.mark.parametrize(
    "wanted",
    [
        "P777",
        "欧阳爱丽",
        "138 1111 2222",
        "+8613811112222",
        "alice@example.com",
        " Alice@Example.com ",
        "renewal.premium_due_30d",
    ],
)
def test_message_is_found_by_what_staff_know(client, operator, message, wanted):
    assert found(client, wanted) == {message.pk}


def test_message_is_found_by_customer_number_under_the_filters(client, operator, message, alice):
    assert found(client, alice.customer_no, channel="sms", state="pending") == {message.pk}
    assert found(client, alice.customer_no, channel="letter") == set()
    assert listed(client, channel="letter") == set()
    assert found(client, "P778") == set()


def test_a_filter_narrows_down_what_was_found(client, operator, message, alice):
    other = Message.objects.get()
    other.pk, other.cause, other.customer = None, "other", CustomerFactory()
    other.save()
    answer = client.post(reverse(INDEX, query={"channel": "letter", "p": "3"}), {"wanted": alice.customer_no})
    word = parse_qs(urlsplit(answer.url).query)
    assert list(word) == ["channel", "found"]
    assert listed(client, found=word["found"][0], channel="sms") == {message.pk}
    # The form of the filters sends it along.
    page = client.get(reverse(INDEX), word).content.decode()
    assert f'<input type="hidden" name="found" value="{word["found"][0]}">' in page


def test_message_to_an_agent_is_found_by_the_agents_name(client, operator, message):
    agent = AgentFactory(name="李服务")
    Message.objects.update(agent=agent, customer=None)
    assert found(client, "李服务") == {message.pk}


def test_message_is_found_by_the_address_it_went_to_after_the_customer_changed_it(client, operator, message, alice):
    alice.mobile = "+8613833334444"
    alice.save()
    assert found(client, "13811112222") == {message.pk}
    assert found(client, "13833334444") == {message.pk}


def test_no_address_of_the_log_takes_what_staff_look_for(client, operator, message):
    page = client.get(reverse(INDEX)).content.decode()
    form = re.search(r'<form method="post"[^>]*>.*?</form>', page, re.S).group()
    assert 'name="wanted"' in form
    assert not re.search(r'name="about"', page)
    # An old bookmark filters by nothing instead of by what it holds.
    assert listed(client, about="P778") == {message.pk}


def test_a_search_joins_no_table_to_the_messages(client, operator, message):
    sql = str(Message.objects.filter(about("13811112222")).query)
    assert "JOIN" not in sql


def test_late_messages_are_found(client, operator, message):
    assert listed(client, late="on") == set()
    Message.objects.update(due_at=timezone.now())
    assert listed(client, late="on") == {message.pk}


def test_page_shows_the_timeline_and_no_personal_data(client, operator, message):
    page = client.get(reverse("notification_messages:inspect", args=[message.pk])).content.decode()
    assert "138****2222" in page
    assert "13811112222" not in page
    assert message.body not in page


def test_what_happened_is_told_by_the_second_and_by_whom_in_words(client, operator, message):
    at = timezone.now().replace(microsecond=123456)
    message.attempt_log.create(
        provider="sandbox-sms", started_at=at, ended_at=at, outcome="permanent", detail="number_rejected"
    )
    Message.objects.update(state=State.FAILED, reason="number_rejected")
    page = client.get(reverse("notification_messages:inspect", args=[message.pk])).content.decode()
    assert "SMS provider (sandbox): the provider refuses this number" in page
    assert f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}<" in page
    assert not re.search(r"sandbox-sms|number_rejected|\.\d{6}", page)


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


@pytest.mark.parametrize("state", ["parked", "failed", "uncertain"])
def test_message_is_sent_again_to_the_address_of_today(client, operator, message, alice, state):
    Message.objects.update(state=state, reason="unknown number", attempts=5)
    alice.mobile = "+8613833334444"
    alice.save()
    client.post(reverse("notification_messages:redrive", args=[message.pk]))
    message.refresh_from_db()
    assert (message.state, message.address, message.reason) == (State.PENDING, "+8613833334444", "")
    assert bytes(message.address_index) == blind_index("+8613833334444", "address")
    # The number of the attempt marks a claim: it never comes a second time.
    assert message.attempts == 5


@pytest.mark.parametrize("state", ["parked", "failed", "uncertain"])
def test_message_that_the_channel_cannot_bring_any_more_stays_and_says_so(client, operator, message, alice, state):
    Message.objects.update(state=state, reason="unknown number")
    alice.mobile = ""
    alice.save()
    client.post(reverse("notification_messages:redrive", args=[message.pk]))
    message.refresh_from_db()
    assert (message.state, message.reason) == (state, Refusal.UNREACHED)
    page = client.get(reverse("notification_messages:inspect", args=[message.pk])).content.decode()
    assert "this channel no longer reaches the person" in page
    assert not ModelLogEntry.objects.filter(action="notifications.redrive").exists()


def test_message_whose_recipient_has_died_stays(client, operator, message, alice):
    Message.objects.update(state=State.FAILED, reason="unknown number")
    alice.deceased_on = timezone.localdate()
    alice.save()
    client.post(reverse("notification_messages:redrive", args=[message.pk]))
    message.refresh_from_db()
    assert (message.state, message.reason) == (State.FAILED, Refusal.NOT_TOLD)


def test_message_of_no_use_any_more_stays(client, operator, message):
    Message.objects.update(state=State.FAILED, reason="8 attempts", expires_at=timezone.now())
    client.post(reverse("notification_messages:redrive", args=[message.pk]))
    message.refresh_from_db()
    assert (message.state, message.reason) == (State.FAILED, Refusal.EXPIRED)


def test_paper_letter_gets_the_new_address_printed(client, operator, message, alice):
    as_letter(message)
    alice.address = "南京东路1号"
    alice.save()
    client.post(reverse("notification_messages:redrive", args=[message.pk]))
    message.refresh_from_db()
    assert message.state == State.PENDING
    assert "南京东路1号" in message.address
    assert "南京东路1号" in "".join(LetterContent.from_json(message.body).postal_lines)


def test_paper_letter_whose_archived_document_bears_another_address_stays(client, operator, message, alice):
    as_letter(message)
    Letter.objects.create(
        cause=message.cause, recipient=message.recipient, template_revision_id=message.template_revision_id, pages=1
    )
    client.post(reverse("notification_messages:redrive", args=[message.pk]))
    message.refresh_from_db()
    assert (message.state, message.reason) == (State.FAILED, Refusal.ARCHIVED)


def as_letter(message):
    """The message as a paper letter that could not be delivered at an old address."""
    message.channel, message.track, message.state = "letter", "letter", State.FAILED
    message.address, message.reason = "世纪大道100号\n200120", "moved"
    message.save()


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


def test_letter_without_a_text_has_none_to_show(client, operator, message):
    Message.objects.update(channel="letter", state=State.PARKED, reason="no published text", body=None)
    assert client.post(reverse("notification_messages:text", args=[message.pk])).status_code == 404
    page = client.get(reverse("notification_messages:inspect", args=[message.pk])).content.decode()
    assert reverse("notification_messages:text", args=[message.pk]) not in page


def test_search_by_an_agent_s_name_is_served_by_indexes(message):
    """One condition without an index, and the whole table would be read for all of them."""
    AgentFactory(name="赵代理")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Message.objects.filter(about("赵代理")).order_by().explain()
    assert "Seq Scan" not in plan
    assert "message_agent" in plan


def test_todays_figures_count_by_channel_and_state(client, operator, message):
    answer = client.get(reverse("notification_figures:index"))
    assert answer.context["figures"].by_channel["sms"] == {"pending": 1}
    assert "<svg" in answer.content.decode()


def test_undecided_and_late_messages_are_counted_as_they_are_listed(client, operator, message):
    Message.objects.update(state=State.UNCERTAIN, reason="answer lost")
    assert troubles() == Troubles(late=0, nearly_late=0, parked=0, uncertain=1)
    assert listed(client, needs_a_person="on") == {message.pk}
    Message.objects.update(state=State.PARKED)
    assert troubles() == Troubles(late=0, nearly_late=0, parked=1, uncertain=0)
    assert figures_of_today().troubles.needs_a_person == 1
    Message.objects.update(state=State.PENDING, due_at=timezone.now())
    assert troubles() == Troubles(late=1, nearly_late=0, parked=0, uncertain=0)
    assert linked_as_late(client) == {message.pk}
    Message.objects.update(state=State.SENDING, lease_until=timezone.now())
    assert linked_as_late(client) == {message.pk}
    # What is gone counts no more, however late it went.
    Message.objects.update(state=State.SENT, sent_at=timezone.now() + timedelta(hours=1))
    assert (troubles().late, linked_as_late(client)) == (0, set())
    assert listed(client, late="on") == {message.pk}
    Message.objects.update(state=State.PENDING)
    Message.objects.update(due_at=timezone.now() + timedelta(minutes=20))
    assert troubles() == Troubles(late=0, nearly_late=1, parked=0, uncertain=0)


def linked_as_late(client):
    """What the figure of late messages leads to."""
    page = client.get(reverse("notification_figures:index")).content.decode()
    address = re.search(r'href="([^"]*late=on[^"]*)"', page)[1].replace("&amp;", "&")
    return {row.pk for row in client.get(address).context["object_list"]}


def test_todays_figures_are_served_by_indexes(message):
    with CaptureQueriesContext(connection) as asked:
        figures_of_today()
    with connection.cursor() as cursor:
        # A table of one row would be read whole.
        cursor.execute("SET LOCAL enable_seqscan = off")
        plans = []
        for query in asked:
            cursor.execute("EXPLAIN " + query["sql"])
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
    served = [re.search(r"message_(newest|due|undecided)", plan) for plan in plans]
    assert [hit and hit[1] for hit in served] == ["newest", "undecided", "due", "due"]
