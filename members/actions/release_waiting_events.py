"""Events that waited for their policy or customer go on when the book has brought it (docs/feeds.md)."""

from django.db import connection, transaction

from members.events import (
    PolicyEventsAccepted,
    PolicyEventsPublished,
    policy_events_accepted,
    policy_events_published,
)
from members.models import PolicyEvent
from members.models.policy_event import CurrentTransaction

BATCH = 500
#: Held by who releases: two at once could publish the events of one subject in the wrong order.
RELEASING = 0x52454C45


def release_waiting_events() -> int:
    """Publishes every waiting event whose subject has arrived, in the order of their acceptance; how many."""
    released = 0
    while count := release_batch():
        released += count
    return released


@transaction.atomic
def release_batch(limit: int = BATCH) -> int:
    """Publishes up to `limit` of them in one transaction; none while another worker is at it."""
    if not alone():
        return 0
    events = list(
        PolicyEvent.objects.waiting()
        .with_subject_arrived()
        .order_by("id")
        .select_for_update(skip_locked=True)
        .only("id", "shard")[:limit]
    )
    if not events:
        return 0
    PolicyEvent.objects.filter(pk__in=[event.pk for event in events]).update(
        state=PolicyEvent.State.PUBLISHED, xid=CurrentTransaction()
    )
    accepted = PolicyEventsAccepted(event_ids=tuple(event.pk for event in events))
    policy_events_accepted.send(PolicyEventsAccepted, fact=accepted)
    published = PolicyEventsPublished(shards=tuple(sorted({event.shard for event in events})))
    policy_events_published.send(PolicyEventsPublished, fact=published)
    return len(events)


def alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [RELEASING])
        return bool(cursor.fetchone()[0])
