"""A fault in one place is no reason to leave another alone."""

import psycopg2
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.utils import timezone

from members.actions.accept_events import EventStatus, accept_events
from members.catalogue import event_specs
from members.consumers import consume
from members.models import ParkedEvent, PolicyEvent
from members.shards import SHARDS
from notifications import receivers
from notifications.actions import sweep as sweeping
from notifications.channels import registry
from notifications.models import EventType, Message, Priority
from notifications.tasks import sweep
from tests.factories import CustomerFactory
from tests.faults.conftest import let_leases_run_out, send
from tests.members.cloud_events import event

pytestmark = pytest.mark.django_db
State = Message.State


@pytest.fixture
def broken_letters(monkeypatch):
    """A print channel whose programs are missing."""

    def broken():
        raise ImproperlyConfigured("no typesetter")

    registry.backend_of.cache_clear()
    monkeypatch.setattr("notifications.channels.letter.backend", broken)
    yield
    registry.backend_of.cache_clear()


def test_channel_that_cannot_be_repaired_holds_up_no_other(sandbox, announce, alice, broken_letters):
    announce(alice, channels=["letter", "sms"])
    letter = Message.objects.get()
    letter.pk, letter.channel = None, "letter"
    letter.save()
    sandbox.turn(garbage_rate=1)
    send("sms")
    Message.objects.filter(pk=letter.pk).update(state=State.SENDING, attempts=1, lease_until=letter.send_after)
    let_leases_run_out()
    with pytest.raises(ExceptionGroup) as raised:
        sweeping.resolve_lost_messages()
    assert [str(error) for error in raised.value.exceptions] == ["no typesetter"]
    assert dict(Message.objects.values_list("channel", "state")) == {"sms": State.SENT, "letter": State.SENDING}


def test_sweep_goes_on_after_a_part_that_fails(sandbox, announce, alice, broken_letters, monkeypatch):
    """What waits is still nudged."""
    announce(alice, channels=["letter", "sms"])
    waiting = Message.objects.get()
    lost = Message.objects.get()
    lost.pk, lost.channel, lost.state, lost.lease_until = None, "letter", State.SENDING, waiting.send_after
    lost.save()
    nudged = []
    monkeypatch.setattr(sweeping, "nudge_channel", lambda channel, **_: nudged.append(channel))
    with pytest.raises(ExceptionGroup):
        sweep()
    assert nudged == ["sms"]


def test_urgent_event_that_cannot_be_announced_costs_no_other(announce, alice):
    """All are in the log, and when it is read, the good one's message is made and the bad one is parked in sight."""
    announce(code="verification.otp", channels=["sms"], priority=Priority.CRITICAL)
    EventType.objects.update(variables=event_specs()["verification.otp"].variables)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE notifications_message ADD CHECK (customer_id <> %s)", [alice.pk])
    bob = CustomerFactory(reachable=True)
    now = timezone.localtime().isoformat()
    bad, good = (
        event("verification.otp", id=id, time=now, data={"customer_no": customer.customer_no})
        for id, customer in (("bad", alice), ("good", bob))
    )
    results = accept_events(raw=[bad, good])
    assert [result.status for result in results] == [EventStatus.ACCEPTED, EventStatus.ACCEPTED]
    assert not Message.objects.exists()
    settle_the_log()
    for shard in range(SHARDS):
        consume("notifications", shard)
    assert [parked.event.event_id for parked in ParkedEvent.objects.all()] == ["bad"]
    assert [message.policy_event.event_id for message in Message.objects.all()] == ["good"]


@pytest.mark.django_db(transaction=True)
def test_intake_that_loses_the_database_while_announcing_accepts_nothing(announce, alice, monkeypatch):
    """The savepoint can't be rolled back either; going on would end in a silent roll-back after the answer."""
    announce(code="verification.otp", channels=["sms"], priority=Priority.CRITICAL)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    own = connection.connection.info.backend_pid

    @transaction.atomic
    def fails_as_the_server_goes(event_ids):
        with psycopg2.connect(connection.connection.dsn) as other, other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [own])
        raise ValueError("something else")

    monkeypatch.setattr(receivers, "announce_urgent_events", fails_as_the_server_goes)
    with pytest.raises(ValueError, match="something else"):
        accept_events(raw=[event("verification.otp", data={"customer_no": alice.customer_no})])
    connection.close()
    assert not PolicyEvent.objects.exists()


def settle_the_log():
    """Puts the events into the past: inside a test's transaction nothing is below the oldest running one."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE members_policyevent DISABLE TRIGGER USER")
        cursor.execute("UPDATE members_policyevent SET xid = 1")
        cursor.execute("ALTER TABLE members_policyevent ENABLE TRIGGER USER")
