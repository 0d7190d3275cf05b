"""What Prometheus is told, so that an operator can be woken by it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from benefits.models import BenefitsAudit
from members.models import ParkedEvent, PolicyEvent
from points.models import LedgerAudit
from tests.factories import PolicyEventFactory
from tests.notifications.conftest import make_event_type
from tests.notifications.letter_samples import claimed


def told(client):
    """trouble → count, of both gauges."""
    page = client.get("/metrics").content.decode()
    found = re.findall(r'^banyan_(messages|events)\{trouble="(\w+)"\} (\S+)$', page, re.MULTILINE)
    return {f"{gauge} {trouble}": float(count) for gauge, trouble, count in found}


def test_an_operator_can_alert_on_what_is_late_undecided_or_stuck(client, db, django_assert_num_queries):
    event_type, event = make_event_type(), PolicyEventFactory()
    now = timezone.now()
    rows = [
        *({"due_at": now - timedelta(minutes=1)} for _ in range(2)),
        {"due_at": now + timedelta(minutes=29)},
        {"due_at": now + timedelta(minutes=31)},
        *({"state": "parked", "reason": "no text"} for _ in range(3)),
        *({"state": "uncertain", "reason": "lost"} for _ in range(4)),
    ]
    for number, row in enumerate(rows, start=1):
        claimed(event_type, event, key=str(number), recipient=f"c{number}", **row)
    for consumer in ("one", "two"):
        ParkedEvent.objects.create(consumer=consumer, event=event, error="boom")
    ParkedEvent.objects.create(consumer="three", event=event, error="mended", settled_at=now)
    PolicyEventFactory(state=PolicyEvent.State.WAITING_SUBJECT, xid=None)
    with django_assert_num_queries(10):
        counted = told(client)
    assert counted == {
        "messages late": 2,
        "messages nearly_late": 1,
        "messages parked": 3,
        "messages uncertain": 4,
        "events parked": 2,
        "events waiting": 1,
    }


def test_an_operator_is_woken_by_what_differs(client, db):
    def differences():
        return re.findall(r'^banyan_differences\{books="(\w+)"\} (\S+)$', client.get("/metrics").text, re.MULTILINE)

    assert differences() == []
    LedgerAudit.objects.create()
    BenefitsAudit.objects.create(difference="slot.taken and its bookings: 1, 2 ≠ 1")
    assert differences() == [("ledger", "0.0"), ("benefits", "1.0")]
    BenefitsAudit.objects.create()
    assert differences() == [("ledger", "0.0"), ("benefits", "0.0")]


@pytest.mark.django_db(transaction=True)
def test_without_a_database_the_other_metrics_are_told_and_these_are_absent(client):
    host = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict["HOST"] = "/nowhere"
    try:
        answer = client.get("/metrics")
        assert answer.status_code == 200
        assert "python_info" in answer.content.decode()
        assert told(client) == {}
    finally:
        connection.settings_dict["HOST"] = host
