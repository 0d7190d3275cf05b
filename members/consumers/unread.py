"""Which shards wait to be read: what the sweep asks every two seconds, so one cheap query."""

from members.consumers.registry import consumer_names
from members.models import ConsumerCursor
from members.shards import SHARDS


def unread_shards() -> list[tuple[str, int]]:
    """(consumer, shard) wherever published events, readable or not yet, stand beyond the cursor."""
    cursors = ConsumerCursor.objects.filter(consumer__in=consumer_names()).with_unread()
    read_up = {(cursor.consumer, cursor.shard) for cursor in cursors if not cursor.unread}
    # A shard without a cursor has never been looked at.
    return [(name, shard) for name in consumer_names() for shard in range(SHARDS) if (name, shard) not in read_up]
