"""Reading the log again: a consumer's cursors move back, and its workers do the rest."""

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models.functions import Now

from members.consumers.registry import apply_of
from members.events import PolicyEventsPublished, policy_events_published
from members.models import ConsumerCursor, PolicyEvent

log = structlog.get_logger(__name__)


@transaction.atomic
def replay_events(*, consumer: str, since: datetime) -> int:
    """Moves the cursors back to the first event accepted at `since` or later; how many events will be read again.

    A cursor never moves forward: nothing unread is skipped. What the events led to the first time stays, so the
    consumer must know it again (notifications do, by cause). Raises UnknownConsumer.
    """
    apply_of(consumer)
    again = 0
    shards = []
    for cursor in ConsumerCursor.objects.select_for_update().filter(consumer=consumer).order_by("shard"):
        log_of_shard = PolicyEvent.objects.published().filter(shard=cursor.shard)
        first = log_of_shard.filter(accepted_at__gte=since).in_reading_order().only("id", "xid").first()
        if first is None or first.xid is None or (first.xid, first.pk) > (cursor.xid, cursor.event_pk):
            continue
        behind = log_of_shard.after(first.xid, first.pk - 1)
        again += behind.count() - behind.after(cursor.xid, cursor.event_pk).count()
        shards.append(cursor.shard)
        ConsumerCursor.objects.filter(pk=cursor.pk).update(xid=first.xid, event_pk=first.pk - 1, moved_at=Now())
    log.info("replay", consumer=consumer, events=again, shards=shards)
    if shards:
        policy_events_published.send(PolicyEventsPublished, fact=PolicyEventsPublished(shards=tuple(shards)))
    return again
