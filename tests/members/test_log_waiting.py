from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from members.actions.release_waiting_events import RELEASING, release_waiting_events
from members.consumers import consume, register
from members.events import policy_events_accepted, policy_events_published
from members.models import PolicyEvent
from tests.factories import CustomerFactory, PolicyFactory
from tests.members.policy_log import SHARD, SUBJECT, current_xid, insert_outputs, outputs, write

pytestmark = pytest.mark.django_db


def waiting(**fields):
    return write(state="waiting_subject", **fields)


@pytest.fixture
def facts():
    """What was told while the test ran."""
    told = []

    def hear(fact, **_):
        told.append(fact)

    policy_events_accepted.connect(hear)
    policy_events_published.connect(hear)
    yield told
    policy_events_accepted.disconnect(hear)
    policy_events_published.disconnect(hear)


def test_events_go_on_when_their_policy_has_come(facts):
    first, second, other = waiting(), waiting(), waiting(subject="P2024000999")
    assert release_waiting_events() == 0
    PolicyFactory(policy_no=SUBJECT)
    assert release_waiting_events() == 2
    states = PolicyEvent.objects.order_by("id").values_list("pk", "state", "xid")
    assert list(states) == [
        (first.pk, "published", current_xid()),
        (second.pk, "published", current_xid()),
        (other.pk, "waiting_subject", None),
    ]
    accepted, published = facts
    assert accepted.event_ids == (first.pk, second.pk)
    assert published.shards == (SHARD,)


@pytest.mark.parametrize("kind", ["application", "customer"])
def test_applications_and_people_wait_for_the_customer(kind):
    waiting(subject="A100", subject_kind=kind, customer_no="C100")
    PolicyFactory(policy_no="A100")
    assert release_waiting_events() == 0
    CustomerFactory(customer_no="C100")
    assert release_waiting_events() == 1


def test_a_customer_is_not_what_a_policy_event_waits_for():
    waiting(customer_no="C100")
    CustomerFactory(customer_no="C100")
    assert release_waiting_events() == 0


def test_released_events_are_published_in_the_order_of_their_acceptance(monkeypatch):
    monkeypatch.setattr("members.actions.release_waiting_events.release_batch.__wrapped__.__defaults__", (2,))
    PolicyFactory(policy_no=SUBJECT)
    events = [waiting() for _ in range(5)]
    assert release_waiting_events() == 5
    in_order = PolicyEvent.objects.published().in_reading_order()
    assert [event.pk for event in in_order] == [event.pk for event in events]


def test_nothing_is_said_when_nothing_goes_on(facts):
    waiting()
    release_waiting_events()
    assert facts == []


def test_events_that_wait_for_more_than_72_hours_stand_before_staff():
    now = timezone.now()
    late = waiting(accepted_at=now - timedelta(hours=72, seconds=1))
    waiting(accepted_at=now - timedelta(hours=72))
    write(state="already_announced", accepted_at=now - timedelta(days=9))
    assert list(PolicyEvent.objects.waiting_too_long(now)) == [late]


@pytest.mark.django_db(transaction=True)
def test_a_released_event_is_consumed_like_any_other(log_output, consumers):
    event = waiting()
    PolicyFactory(policy_no=SUBJECT)
    register("points", insert_outputs)
    release_waiting_events()
    consume("points", SHARD)
    assert outputs() == [event.pk]


@pytest.mark.django_db(transaction=True)
def test_only_one_worker_releases_at_a_time():
    waiting()
    PolicyFactory(policy_no=SUBJECT)

    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [RELEASING])
            assert release_waiting_events() == 0
            # A server notices a closed connection when it does; what is unlocked is so at once.
            cursor.execute("SELECT pg_advisory_unlock(%s)", [RELEASING])
    finally:
        other.close()
    assert release_waiting_events() == 1
