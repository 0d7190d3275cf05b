"""Applying events so that a poison one harms nobody but itself."""

from dataclasses import dataclass

from django.db import InterfaceError, OperationalError, connection, transaction

from members.consumers.registry import Apply
from members.models import PolicyEvent

#: Faults of the moment, not of an event: a lost connection, a deadlock, a timeout, a full disk. They go up to whoever
#: called, and everything is tried again.
FAULTS_OF_THE_MOMENT = (OperationalError, InterfaceError, MemoryError)


@dataclass(frozen=True)
class Poison:
    """An event that the consumer could not take, and why."""

    event: PolicyEvent
    error: Exception


def apply_isolating(apply: Apply, events: list[PolicyEvent]) -> list[Poison]:
    """Applies `events` in order, leaving out those that raise: they are returned. Raises FAULTS_OF_THE_MOMENT.

    A batch that fails is halved until the poison stands alone, so one bad event among 500 costs some twenty tries.
    """
    try:
        with transaction.atomic():
            apply(events)
            # A foreign key that points nowhere, or a sum that isn't zero, would only be found at commit, where it
            # could no longer be blamed on one event.
            connection.check_constraints()
    except FAULTS_OF_THE_MOMENT:
        raise
    except Exception as error:
        if len(events) == 1:
            return [Poison(events[0], error)]
        half = len(events) // 2
        return apply_isolating(apply, events[:half]) + apply_isolating(apply, events[half:])
    return []
