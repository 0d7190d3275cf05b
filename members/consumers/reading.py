"""One step of a consumer: a batch of a shard, applied and ticked off in one transaction."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Now

from members.consumers.isolating import apply_isolating
from members.consumers.parking import park, settle
from members.consumers.registry import apply_of
from members.models import ConsumerCursor, PolicyEvent

BATCH = 500


@dataclass(frozen=True)
class Consumed:
    """`read` events, `parked` of them; `behind`: more are published, readable now or once a transaction has ended."""

    read: int = 0
    parked: int = 0
    behind: bool = False


def consume(name: str, shard: int, limit: int = BATCH) -> Consumed:
    """Reads up to `limit` events of `shard`, applies them and moves the cursor, all in one transaction.

    Leaves at once, having read nothing, while another worker is at the same shard. Raises UnknownConsumer, and faults
    of the moment (OperationalError and the like), after which nothing has happened.
    """
    apply = apply_of(name)
    cursor = cursor_of(name, shard)
    log_of_shard = PolicyEvent.objects.published().filter(shard=shard)
    beyond = log_of_shard.after(cursor.xid, cursor.event_pk)
    # Looking costs nothing; a lock is a write, which the commit must bring to disk.
    if not beyond.settled().exists():
        return Consumed(behind=beyond.exists())
    with transaction.atomic():
        locked = ConsumerCursor.objects.select_for_update(skip_locked=True).filter(pk=cursor.pk).first()
        if locked is None:
            return Consumed()
        beyond = log_of_shard.after(locked.xid, locked.event_pk)
        events = list(beyond.settled().in_reading_order()[:limit])
        if not events:
            return Consumed(behind=beyond.exists())
        poisons = apply_isolating(apply, events)
        for poison in poisons:
            park(name, poison)
        refused = {poison.event.pk for poison in poisons}
        settle(name, [event for event in events if event.pk not in refused])
        last = events[-1]
        ConsumerCursor.objects.filter(pk=cursor.pk).update(xid=last.xid, event_pk=last.pk, moved_at=Now())
        return Consumed(len(events), len(poisons), log_of_shard.after(last.xid, last.pk).exists())


def cursor_of(name: str, shard: int) -> ConsumerCursor:
    """Where the consumer stands; a new one begins at the beginning. Made in a transaction of its own, so that a second
    worker doesn't wait for the first one's batch."""
    place = ConsumerCursor.objects.filter(consumer=name, shard=shard)
    cursor = place.first()
    if cursor is None:
        ConsumerCursor.objects.bulk_create([ConsumerCursor(consumer=name, shard=shard)], ignore_conflicts=True)
        cursor = place.get()
    return cursor
