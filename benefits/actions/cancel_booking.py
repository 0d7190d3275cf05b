"""A member calls a visit off."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from benefits.actions.end_booking import locked_booking, set_free, spend
from benefits.actions.take_place import give_back_place
from benefits.events import VisitCancelled, visit_cancelled
from benefits.models import Booking
from benefits.refusals import CountsAsUsed, NotBooked, TooLateToCancel

State = Booking.State


@transaction.atomic
def cancel_booking(*, booking_id: int, late_too: bool = True) -> Booking:
    """Later than the terms allow (benefits.csv: “cancel 24 h before or the visit counts as used”) it counts as used.

    The place is free again either way. Twice is once. `late_too`: False where the member has not been told that it
    counts. Raises Booking.DoesNotExist, NotBooked, TooLateToCancel, CountsAsUsed.
    """
    booking = locked_booking(booking_id)
    if booking.state in (State.CANCELLED, State.CANCELLED_LATE):
        return booking
    if booking.state != State.BOOKED:
        raise NotBooked
    if timezone.now() >= booking.starts_at:
        raise TooLateToCancel
    late = is_late(booking)
    if late and not late_too:
        raise CountsAsUsed
    if late:
        spend(booking, State.CANCELLED_LATE)
    else:
        set_free(booking, State.CANCELLED)
    give_back_place(slot_id=booking.slot_id)
    visit_cancelled.send(VisitCancelled, fact=VisitCancelled(booking.pk, booking.customer_id, late))
    return booking


def is_late(booking: Booking) -> bool:
    """Whether cancelling it now counts as a visit."""
    hours = booking.entitlement.allowance.cancel_hours
    return timezone.now() > booking.starts_at - timedelta(hours=hours)
