"""The provider, or the insurer, calls a visit off."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from wagtail.log_actions import log

from benefits.actions.confirm_booking import note_for_system
from benefits.actions.end_booking import locked_booking, set_free
from benefits.actions.take_place import give_back_place
from benefits.events import VisitDeclined, visit_declined
from benefits.models import Booking
from benefits.queries.desk import worker_of
from benefits.queries.own import is_own
from benefits.refusals import NotBooked, OwnVisit
from members.models import Member

CALL_OFF = "benefits.change_booking"
LOGGED = "benefits.call_off_visit"
LONGEST_REASON = 500


@transaction.atomic
def call_off_visit(*, booking_id: int, by: Member | None, because: str | None) -> Booking:
    """It costs the guest nothing, whatever the hour: quota and place are free again. Twice is once.

    `by`: of the staff, or of the provider's desk; None for the platform itself. `because`: 1 to 500 characters, on
    record; None where the site is closed, and nobody has said why. Raises Booking.DoesNotExist, PermissionDenied,
    ValueError, OwnVisit, NotBooked.
    """
    if because is not None:
        because = because.strip()
        if not 0 < len(because) <= LONGEST_REASON:
            raise ValueError(f"a reason has 1 to {LONGEST_REASON} characters")
    booking = locked_booking(booking_id)
    if by is not None and not may_call_off(by, booking):
        raise PermissionDenied
    # What is called off costs nothing.
    if by is not None and is_own(by, booking):
        raise OwnVisit
    if booking.state == Booking.State.CANCELLED:
        return booking
    if booking.state not in Booking.OPEN:
        raise NotBooked
    set_free(booking, Booking.State.CANCELLED)
    give_back_place(slot_id=booking.slot_id)
    log(instance=booking, action=LOGGED, user=by, data={"because": because})
    # Its own system may know nothing of it; the next sweep tells it.
    note_for_system(booking_id=booking.pk)
    visit_declined.send(VisitDeclined, fact=VisitDeclined(booking.pk, booking.customer_id))
    return booking


def may_call_off(by: Member, booking: Booking) -> bool:
    """Staff with the permission, and whoever works at the desk of the provider whom the guest goes to."""
    worker = worker_of(by)
    return by.has_perm(CALL_OFF) or (worker is not None and worker.provider_id == booking.slot.at.site.provider_id)
