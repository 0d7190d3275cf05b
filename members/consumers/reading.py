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
    make_cursor(name, shard)
    with transaction.atomic():
        cursor = ConsumerCursor.objects.select_for_update(skip_locked=True).filter(consumer=name, shard=shard).first()
        if cursor is None:
            return Consumed()
        beyond = PolicyEvent.objects.published().filter(shard=shard)
        events = list(beyond.after(cursor.xid, cursor.event_pk).settled().in_reading_order()[:limit])
        if not events:
            return Consumed(behind=beyond.after(cursor.xid, cursor.event_pk).exists())
        poisons = apply_isolating(apply, events)
        for poison in poisons:
            park(name, poison)
        refused = {poison.event.pk for poison in poisons}
        settle(name, [event for event in events if event.pk not in refused])
        last = events[-1]
        ConsumerCursor.objects.filter(pk=cursor.pk).update(xid=last.xid, event_pk=last.pk, moved_at=Now())
        return Consumed(len(events), len(poisons), beyond.after(last.xid, last.pk).exists())


def make_cursor(name: str, shard: int) -> None:
    """A consumer that is new begins at the beginning. In a transaction of its own, so that nobody waits for a batch."""
    if not ConsumerCursor.objects.filter(consumer=name, shard=shard).exists():
        ConsumerCursor.objects.bulk_create([ConsumerCursor(consumer=name, shard=shard)], ignore_conflicts=True)
