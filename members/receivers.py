"""What members does about its own facts."""

from django.db import transaction
from django.dispatch import receiver

from members.consumers import consumer_names
from members.events import PolicyEventsPublished, policy_events_published
from members.tasks import nudge


@receiver(policy_events_published)
def nudge_readers(fact: PolicyEventsPublished, **_: object) -> None:
    places = [(name, shard) for name in consumer_names() for shard in fact.shards]
    transaction.on_commit(lambda: nudge(places))
