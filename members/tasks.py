"""Thin tasks around actions. A task is a nudge: what is to be done stands in the database, and any may run twice."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import structlog
from celery import shared_task
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerDown

from members.actions.announce_calendar_events import announce_calendar_events as announce
from members.actions.close_account import close_due_accounts as close_due
from members.actions.count_attempt import forget_old_attempts
from members.actions.decide_face_session import decide_face_session as decide
from members.actions.guide_face_session import guide_face_session as guide
from members.actions.issue_one_time_code import forget_old_codes
from members.actions.prove_number import forget_old_numbers
from members.actions.purge_face_evidence import purge_face_evidence as purge
from members.actions.raise_membership_events import raise_daily_sign_ins as raise_sign_ins
from members.actions.raise_membership_events import raise_yearly_events as raise_yearly
from members.actions.redrive_parked_event import AlreadySettled
from members.actions.redrive_parked_event import redrive_parked_event as redrive
from members.actions.release_waiting_events import release_waiting_events as release
from members.actions.request_data import delete_old_copies as delete_copies
from members.actions.run_book_import import run_book_import, stalled_book_imports
from members.actions.run_data_request import run_data_request as run_request
from members.actions.run_data_request import unattended_data_requests
from members.actions.run_delivery import ImportIsRunning
from members.actions.sweep_face_sessions import give_up_on, sweep_face_sessions
from members.consumers import drain, unread_shards
from members.face.seams import ServiceUnavailable
from members.models import Member

log = structlog.get_logger(__name__)

EVENTS = "events"
# What no worker takes by then, the sweep has asked for again: nudges don't pile up.
NUDGE_EXPIRES_SECONDS = 10


@shared_task(autoretry_for=(OperationalError, InterfaceError), max_retries=3, retry_backoff=1, retry_backoff_max=10)
def consume_shard(consumer: str, shard: int) -> None:
    """Reads the shard to its end; when that takes long, gives way to others and comes back."""
    if drain(consumer, shard):
        nudge([(consumer, shard)])


@shared_task
def nudge_consumers() -> None:
    """Every two seconds: repairs nudges that were lost and events that a transaction hid for long."""
    nudge(unread_shards())


@shared_task
def release_waiting_events() -> None:
    """Every minute, and after an import of the book: events whose subject has arrived go on."""
    release()


@shared_task(time_limit=3600)
def announce_calendar_events() -> None:
    """Daily; once more does no harm."""
    announce(day=timezone.localdate())


@shared_task(time_limit=3600)
def raise_yearly_events() -> None:
    """Daily: birthdays, anniversaries, complete profiles. Once more does no harm."""
    raise_yearly(day=timezone.localdate())


@shared_task(expires=120)
def raise_daily_sign_ins() -> None:
    """Every two minutes: who was here today for the first time. Once more does no harm."""
    raise_sign_ins(now=timezone.now())


@shared_task(
    queue="housekeeping",
    time_limit=3600,
    autoretry_for=(OperationalError, InterfaceError, ImportIsRunning),
    max_retries=30,
    retry_backoff=30,
    retry_backoff_max=180,
)
def import_uploaded_book(import_id: int) -> None:
    """Files of the policy book that staff handed in; once more does no harm."""
    run_book_import(import_id=import_id)


@shared_task(queue="housekeeping", expires=300)
def resume_book_imports() -> None:
    """Every few minutes: imports whose task or worker was lost."""
    for import_id in stalled_book_imports():
        import_uploaded_book.delay(import_id)


@shared_task
def close_due_accounts() -> None:
    """Daily: accounts whose members did not come back. Once more does no harm."""
    close_due()


@shared_task(queue="housekeeping", autoretry_for=(OperationalError, InterfaceError), max_retries=3, retry_backoff=5)
def run_data_request(request_id: int) -> None:
    """A copy of somebody's data, or its erasure; once more does no harm."""
    run_request(request_id=request_id)


@shared_task(queue="housekeeping", expires=300)
def tend_data_requests() -> None:
    """Every few minutes: requests whose task or worker was lost, and copies whose time is over."""
    for request_id in unattended_data_requests():
        run_data_request.delay(request_id)
    delete_copies()


@shared_task
def forget_sign_in_attempts() -> None:
    """Daily: one-time codes, numbers proved by them, and counted attempts that nothing looks at any more."""
    forget_old_codes()
    forget_old_numbers()
    forget_old_attempts()


@shared_task(autoretry_for=(OperationalError, InterfaceError), max_retries=3, retry_backoff=1)
def redrive_parked_event(parked_id: int, by_id: int) -> None:
    """One of many that a person had tried again."""
    with suppress(AlreadySettled):
        redrive(parked_id=parked_id, by=Member.objects.get(pk=by_id))


@shared_task(queue="face", expires=60, autoretry_for=(OperationalError, InterfaceError), max_retries=3)
def guide_face_session(session_id: int) -> None:
    """A face at rest before the camera: what is to be put right?"""
    guide(session_id=session_id)


@shared_task(
    queue="face", bind=True, max_retries=2, default_retry_delay=1, autoretry_for=(OperationalError, InterfaceError)
)
def decide_face_session(self: Any, session_id: int) -> None:
    """All pictures are there. A vendor that doesn't answer is asked three times, within the patience of a member."""
    try:
        decide(session_id=session_id)
    except ServiceUnavailable as error:
        log.warning("face_service_unavailable", session_id=session_id, error=str(error))
        if self.request.retries >= self.max_retries:
            give_up_on(session_id)
        else:
            raise self.retry() from error


@shared_task(expires=20)
def resume_face_sessions() -> None:
    """Every few seconds: decisions whose nudge or worker was lost, and sessions that nobody goes on with."""
    for session_id in sweep_face_sessions():
        nudge_face_worker(session_id, complete=True)


@shared_task
def purge_face_evidence() -> None:
    """Daily; once more does no harm."""
    purge()


def nudge_face_worker(session_id: int, *, complete: bool) -> None:
    """Enqueues guidance, or the decision. With the broker down it is logged: the sweep repairs it."""
    try:
        (decide_face_session if complete else guide_face_session).delay(session_id)
    except BrokerDown as error:
        log.warning("face_nudge_lost", session_id=session_id, error=type(error).__name__)


def nudge(places: Iterable[tuple[str, int]]) -> None:
    """Enqueues the reading of each (consumer, shard). With the broker down it is logged: the sweep repairs it."""
    try:
        for place in places:
            consume_shard.apply_async(place, queue=EVENTS, expires=NUDGE_EXPIRES_SECONDS)
    except BrokerDown as error:
        log.warning("nudge_lost", error=type(error).__name__)
