"""Thin tasks around actions. A task is a nudge: what is to be done stands in the database, and any may run twice."""

import structlog
from celery import shared_task
from kombu.exceptions import OperationalError as BrokerDown

from benefits.actions.confirm_booking import confirm_booking as confirm
from benefits.actions.confirm_booking import due_confirmations
from benefits.actions.keep_visit import end_past_visits as end_past
from benefits.actions.remind_of_visits import remind_of_visits as remind
from benefits.actions.wait_for_place import serve_waiting_lists as serve

log = structlog.get_logger(__name__)
# What no worker takes by then, the timetable has asked for again: nudges don't pile up.
SERVED_EVERY_SECONDS = 60
NUDGE_EXPIRES_SECONDS = 10


@shared_task
def serve_waiting_lists() -> None:
    """Every minute, and as soon as a place is free again."""
    serve()


@shared_task
def remind_of_visits() -> None:
    """The day before, in the morning, and in the evening for what was booked since; nobody is reminded twice."""
    remind()


@shared_task
def end_past_visits() -> None:
    """Every night."""
    end_past()


# Providers are called beside the channels, whose queue waits for providers, too.
@shared_task(queue="messages")
def confirm_booking(noted_id: int) -> None:
    """After a booking was made or changed, and whenever the provider's own system is to be told again."""
    confirm(noted_id=noted_id)


@shared_task
def sweep_confirmations() -> None:
    """Every five seconds: asks for what is due, and so makes up for nudges and workers that were lost."""
    for noted_id in due_confirmations():
        nudge_confirmation(noted_id)


def nudge_confirmation(noted_id: int) -> None:
    try:
        confirm_booking.apply_async(args=(noted_id,), expires=NUDGE_EXPIRES_SECONDS)
    except BrokerDown:
        log.warning("broker_unreachable", nudge="confirmation")


def nudge_waiting_lists() -> None:
    try:
        serve_waiting_lists.apply_async(expires=SERVED_EVERY_SECONDS)
    except BrokerDown:
        log.warning("broker_unreachable", nudge="waiting lists")
