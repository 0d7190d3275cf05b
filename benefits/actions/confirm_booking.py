"""Telling a provider's own system of a booking and of every change of it: at least once, and in their order.

A booking is kept at once, whatever becomes of the telling. A worker claims what is to be told (committed), speaks with
the system outside any transaction, and settles what came. A system that is down is told later, with growing waits.
"""

from datetime import datetime, timedelta
from uuid import uuid4

import structlog
from django.db import connection, transaction
from django.utils import timezone

from benefits.actions.end_booking import locked_booking, set_free
from benefits.actions.take_place import give_back_place
from benefits.events import VisitConfirmed, VisitDeclined, visit_confirmed, visit_declined
from benefits.models import Booking, SystemBooking
from benefits.provider_systems import Answer, Outcome, Told, Visit, visit_system
from benefits.queries.bookings import booking_no

log = structlog.get_logger(__name__)
State = Booking.State
CANCELLED = frozenset({State.CANCELLED, State.CANCELLED_LATE})

#: More than a call takes, timeouts included.
LEASE = timedelta(seconds=60)
#: Until the next attempt: soon at first, since somebody waits.
WAITS = [timedelta(seconds=seconds) for seconds in (5, 15, 30, 60, 120, 300, 600, 1800)]
AT_ONCE = 200


# Of each booking, most of which are at a provider without a system: one statement instead of three.
NOTE = """
    WITH again AS (
        UPDATE benefits_systembooking SET version = version + 1, attempts = 0, next_try_at = %(now)s
         WHERE booking_id = %(booking)s
        RETURNING id
    ), first AS (
        INSERT INTO benefits_systembooking
               (booking_id, provider_id, reference, version, answered_version, provider_reference, problem, attempts,
                next_try_at)
        SELECT booking.id, provider.id, %(reference)s, 1, 0, '', '', 0, %(now)s
          FROM benefits_booking AS booking
          JOIN benefits_slot AS slot ON slot.id = booking.slot_id
          JOIN benefits_siteservice AS offered ON offered.id = slot.at_id
          JOIN benefits_site AS site ON site.id = offered.site_id
          JOIN benefits_provider AS provider ON provider.id = site.provider_id AND provider.has_system
         WHERE booking.id = %(booking)s
            ON CONFLICT (booking_id, provider_id) DO NOTHING
        RETURNING id
    )
    SELECT id FROM again UNION ALL SELECT id FROM first
"""


def note_for_system(*, booking_id: int) -> list[int]:
    """In the transaction of what was done with the booking: whose systems are to be told, as ids of SystemBooking.

    Of a booking that was moved from one provider to another both are.
    """
    with connection.cursor() as cursor:
        cursor.execute(NOTE, {"booking": booking_id, "reference": uuid4(), "now": timezone.now()})
        return [noted_id for (noted_id,) in cursor.fetchall()]


def due_confirmations() -> list[int]:
    """Ids of SystemBooking of which a system is to be told now."""
    due = SystemBooking.objects.due(at=timezone.now()).order_by("next_try_at")
    return list(due.values_list("pk", flat=True)[:AT_ONCE])


def confirm_booking(*, noted_id: int) -> None:
    """Tells what is due; called twice, or for what is not due, it does nothing more."""
    told = claim(noted_id)
    if told is None:
        return
    system = visit_system()
    answer = system.tell(told) if system else Answer(Outcome.OPEN, code="no system")
    settle(noted_id=noted_id, told=told, answer=answer)


@transaction.atomic(durable=True)
def claim(noted_id: int) -> Told | None:
    """What is to be told, as it stands. Whoever changes the booking waits for the row, and makes it due anew."""
    now = timezone.now()
    due = SystemBooking.objects.due(at=now).filter(pk=noted_id).select_for_update(skip_locked=True, of=("self",))
    noted = due.select_related("provider").first()
    if noted is None:
        return None
    noted.attempts += 1
    noted.lease_until = now + LEASE
    noted.save(update_fields=["attempts", "lease_until"])
    booking = Booking.objects.select_related("slot__at__site", "entitlement__service").get(pk=noted.booking_id)
    site = booking.slot.at.site
    is_there = booking.state not in CANCELLED and site.provider_id == noted.provider_id
    return Told(
        reference=str(noted.reference),
        version=noted.version,
        number=booking_no(booking),
        provider_no=noted.provider.provider_no,
        visit=Visit(site.site_no, booking.entitlement.service.code, booking.starts_at, booking.ends_at)
        if is_there
        else None,
    )


@transaction.atomic(durable=True)
def settle(*, noted_id: int, told: Told, answer: Answer) -> None:
    """What follows from an answer; from one to a version that has been answered, nothing.

    What was said of a version that is not the last one any more decides nothing: the last one is told next.
    """
    booking = locked_booking(SystemBooking.objects.values_list("booking", flat=True).get(pk=noted_id))
    noted = SystemBooking.objects.select_for_update().get(pk=noted_id)
    if noted.answered_version >= told.version:
        log.warning("late_answer_about_booking", booking=booking.pk, outcome=answer.outcome.value)
        return
    noted.problem, noted.lease_until = answer.code, None
    is_last = noted.version == told.version
    if answer.outcome is not Outcome.OPEN:
        noted.answered_version = told.version
        noted.provider_reference = answer.reference or noted.provider_reference
    elif is_last:
        noted.next_try_at = next_try_at(noted)
    noted.save()
    if is_last and told.visit and booking.state == State.BOOKED:
        decide(booking, answer)


def decide(booking: Booking, answer: Answer) -> None:
    """A refusal for good ends it, whatever the hour: it is not the member who called it off."""
    match answer.outcome:
        case Outcome.TAKEN:
            booking.confirmed_at = timezone.now()
            booking.save(update_fields=["confirmed_at"])
            visit_confirmed.send(VisitConfirmed, fact=VisitConfirmed(booking.pk, booking.customer_id))
        case Outcome.REFUSED:
            set_free(booking, State.CANCELLED)
            give_back_place(slot_id=booking.slot_id)
            visit_declined.send(VisitDeclined, fact=VisitDeclined(booking.pk, booking.customer_id))


def next_try_at(noted: SystemBooking) -> datetime:
    return timezone.now() + WAITS[min(noted.attempts, len(WAITS)) - 1]
