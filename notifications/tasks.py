"""Celery's side: ids in, one action call."""

from time import monotonic

from celery import shared_task
from django.utils import timezone

from notifications.actions import sweep as sweeping
from notifications.actions.close_print_batch import close_ended_print_batches
from notifications.actions.send_due import send_batch
from notifications.actions.tell_heard import tell_heard as tell
from notifications.channels.registry import backend_of
from notifications.models import Priority
from notifications.nudging import nudge_channel

TURN_SECONDS = 2  # then other channels, and the sweep, have their turn


@shared_task
def send_due(channel: str, urgent: bool = False) -> None:
    """Sends what is due on a channel; `urgent`: critical messages only, on a worker of their own."""
    backend = backend_of(channel)
    priorities = [Priority.CRITICAL] if urgent else list(Priority)
    ends = monotonic() + TURN_SECONDS
    while send_batch(backend, channel, priorities=priorities):
        if monotonic() > ends:
            nudge_channel(channel, urgent=urgent)
            return


@shared_task
def sweep() -> None:
    """Finds what was lost on the way. Each part may run twice, and none is left out because another fails."""
    errors: list[Exception] = []
    for repair in (
        sweeping.expire_overdue_messages,
        sweeping.escalate_unanswered,
        sweeping.escalate_failed,
        sweeping.resolve_lost_messages,
        sweeping.nudge_due_channels,
    ):
        try:
            repair()
        except Exception as error:
            errors.append(error)
    if errors:
        raise ExceptionGroup("parts of the sweep", errors)


@shared_task
def tell_heard() -> None:
    """Every five seconds; nothing is told twice."""
    tell()


@shared_task(queue="letters")
def close_print_batches() -> None:
    """The end of the printer's day, however late anybody comes to it."""
    close_ended_print_batches(now=timezone.now())
