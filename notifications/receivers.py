"""The whole answer to "what do we send, and when?" for what the packages below announce by signal."""

from typing import Any

from django.dispatch import receiver

from members.events import PolicyEventsAccepted, policy_events_accepted
from notifications.actions.announce import announce_urgent_events


@receiver(policy_events_accepted)
def announce_urgent_ones_at_once(fact: PolicyEventsAccepted, **_: Any) -> None:
    """A one-time code can't wait until the log is read."""
    announce_urgent_events(fact.event_ids)
