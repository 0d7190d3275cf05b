"""The whole answer to "what do we send, and when?" for what the packages below announce by signal."""

from typing import Any

import structlog
from django.db import transaction
from django.dispatch import receiver

from members.events import PolicyEventsAccepted, policy_events_accepted
from notifications.actions.announce import announce_urgent_events

log = structlog.get_logger(__name__)


@receiver(policy_events_accepted)
def announce_urgent_ones_at_once(fact: PolicyEventsAccepted, **_: Any) -> None:
    """A one-time code can't wait until the log is read.

    What can't be announced is no reason to refuse the events: the log's reader comes to it, too, and parks it.
    """
    try:
        announce_urgent_events(fact.event_ids)
    except Exception as error:
        if transaction.get_rollback():
            raise  # the intake's transaction is lost, too; swallowed here, its events would pass for accepted
        log.error("urgent_announcement_left_to_the_log", error=type(error).__name__)
