"""Who reads the policy-event log, and how: every event once, in order, whatever fails (DESIGN §4).

A package above registers `apply(events)` under a name of its own. `apply` is called inside a transaction with events of
one shard in reading order; it writes what follows from them and raises when an event makes no sense to it. What it
writes and the consumer's cursor are kept together, so that every event has its effect exactly once.
"""

from members.consumers.draining import drain
from members.consumers.reading import Consumed, consume
from members.consumers.registry import Apply, UnknownConsumer, consumer_names, register
from members.consumers.unread import unread_shards

__all__ = ["Apply", "Consumed", "UnknownConsumer", "consume", "consumer_names", "drain", "register", "unread_shards"]
