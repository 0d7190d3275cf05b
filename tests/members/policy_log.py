"""Writing to the policy-event log beside the intake, and a consumer whose outputs can be counted."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

from django.db import connection

from members.models import PolicyEvent
from members.shards import shard_of

SUBJECT = "P2024000123"
SHARD = shard_of(SUBJECT)
numbers = count(1)


# Far below any transaction of today: readable at once, also within a test's own transaction.
old_transactions = count(10)


def publish(**fields) -> PolicyEvent:
    """An event of this very transaction, published: readable when it has committed."""
    return write(state="published", xid=current_xid(), **fields)


def published(n: int = 1, **fields) -> list[PolicyEvent]:
    """`n` events that one transaction published long ago."""
    xid = next(old_transactions)
    return [write(state="published", xid=xid, **fields) for _ in range(n)]


def write(*, subject: str = SUBJECT, **fields) -> PolicyEvent:
    number = next(numbers)
    return PolicyEvent.objects.create(
        **{
            "source": "/core",
            "event_id": f"core-{number:06d}",
            "type": "renewal.debit_failed",
            "subject": subject,
            "subject_kind": "policy",
            "occurred_at": datetime(2026, 11, 20, 2, 15, tzinfo=UTC),
            "data": {"policy_no": subject, "customer_name": "张三"},
            "fingerprint": b"f" * 32,
            "shard": shard_of(subject),
            **fields,
        }
    )


def current_xid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        return cursor.fetchone()[0]


def insert_outputs(events: list[PolicyEvent]) -> None:
    """What a consumer makes of events: a row each, nothing that would refuse a second one."""
    with connection.cursor() as cursor:
        for event in events:
            cursor.execute("INSERT INTO log_output (event) VALUES (%s)", [event.pk])


def outputs() -> list[int]:
    """The ids of the events that were taken, in the order in which they were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT event FROM log_output ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def refusing(*poison: PolicyEvent) -> Callable[[list[PolicyEvent]], None]:
    """A consumer that can't take these events, and says so after it has begun."""
    refused = {event.pk for event in poison}

    def apply(events: list[PolicyEvent]) -> None:
        for event in events:
            insert_outputs([event])
            if event.pk in refused:
                raise ValueError("no premium of 13812345678\nDETAIL: 张三")

    return apply
