"""The next channel: what could not be delivered on one is sent on the next that reaches the person."""

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from members.rows import insert_rows
from notifications.causes import Cause
from notifications.composing import compose
from notifications.directory import Directory
from notifications.models import Message
from notifications.models.message import MessageQuerySet
from notifications.nudging import nudge_channels
from notifications.planning import Step
from notifications.recipients import recipients_of
from notifications.routes import Routes
from notifications.texts import Texts

log = structlog.get_logger(__name__)
FAULTS_OF_THE_MOMENT = (OperationalError, InterfaceError)


@transaction.atomic
def escalate(messages: MessageQuerySet) -> int:
    """Makes the next message of each of these that has a channel left, and takes that chance from it.

    Returns how many were made. Two workers at once make one: the rows are locked, what is locked elsewhere is left.
    A message whose next one can't be made costs no other its chance: it keeps the reason. Raises only for faults of
    the moment (OperationalError, InterfaceError).
    """
    try:
        with transaction.atomic():
            return follow(messages)
    except FAULTS_OF_THE_MOMENT:
        raise
    except Exception:
        return sum(follow_alone(pk) for pk in messages.exclude(next_channels=[]).values_list("pk", flat=True))


def follow_alone(pk: int) -> int:
    """Makes the next message of this one, or leaves the reason in it."""
    alone = Message.objects.filter(pk=pk)
    try:
        with transaction.atomic():
            return follow(alone)
    except FAULTS_OF_THE_MOMENT:
        raise
    except Exception as error:
        log.error("escalation_failed", message=pk, error=type(error).__name__)
        alone.update(next_channels=[], reason=f"no next channel could be tried: {type(error).__name__}")
        return 0


def follow(messages: MessageQuerySet) -> int:
    locked = (
        messages.exclude(next_channels=[])
        .select_related("policy_event", "platform_event")
        .select_for_update(skip_locked=True, of=("self",))
    )
    failed = list(locked)
    if not failed:
        return 0
    routes, now = Routes.current(), timezone.now()
    texts = Texts.current(routes)
    causes = {message.cause: Cause.of_message(message, routes) for message in failed}
    directory = Directory.of(list(causes.values()))
    told = {key: recipients_of(cause, directory) for key, cause in causes.items()}
    following = []
    for message in failed:
        for recipient in told[message.cause]:
            if recipient.key == message.recipient:
                reachable = [c for c in message.next_channels if c in recipient.addresses]
                if reachable:
                    step = Step(message.track, reachable[0], tuple(reachable[1:]))
                    cause = causes[message.cause]
                    following.append(compose(cause, recipient, step, texts=texts, now=now))
    Message.objects.filter(pk__in=[message.pk for message in failed]).update(next_channels=[])
    insert_rows(following)
    urgent = {key for key, cause in causes.items() if cause.event_type.urgent}
    nudge_channels((message.channel, message.cause in urgent) for message in following)
    return len(following)
