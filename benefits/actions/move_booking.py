"""A member moves a visit to another time or place; its code stays."""

from datetime import datetime

from django.db import IntegrityError, transaction

from benefits.actions.cancel_booking import is_late
from benefits.actions.end_booking import locked_booking
from benefits.actions.take_place import give_back_place, lock_place, take_place
from benefits.booking_rules import require_usable
from benefits.events import VisitMoved, visit_moved
from benefits.models import Booking, BookingMove, Service, Slot
from benefits.refusals import DoubleBooked, NotBooked, NotEntitled, TooLateToMove


def move_booking(*, booking_id: int, site_service_id: int, starts_at: datetime) -> Booking:
    """The new place is taken and the old one given back, or nothing happens.

    Raises Booking.DoesNotExist, Service.DoesNotExist, NotBooked, TooLateToMove, NotEntitled (another service, or a
    day that the entitlement does not reach), and what `book_visit` raises.
    """
    try:
        with transaction.atomic():
            service = lock_place(site_service_id)
            return move(locked_booking(booking_id), service, site_service_id, starts_at)
    except IntegrityError as fault:
        if "benefits_one_place_at_a_time" in str(fault):
            raise DoubleBooked from fault
        raise


def move(booking: Booking, service: Service, site_service_id: int, starts_at: datetime) -> Booking:
    if booking.state != Booking.State.BOOKED:
        raise NotBooked
    if (booking.slot.at_id, booking.starts_at) == (site_service_id, starts_at):
        return booking
    entitlement = booking.entitlement
    if is_late(booking):
        raise TooLateToMove(entitlement.allowance.cancel_hours)
    if service.pk != entitlement.service_id or not entitlement.reaches(starts_at):
        raise NotEntitled
    require_usable(entitlement, guest=booking.guest, starts_at=starts_at, moving=booking)
    lock_slots(booking.slot_id, site_service_id, starts_at)
    left = booking.slot_id
    place = take_place(site_service_id=site_service_id, starts_at=starts_at, customer_id=booking.customer_id)
    booking.slot_id, booking.starts_at, booking.ends_at = place.slot_id, place.starts_at, place.ends_at
    booking.contract_price_id, booking.price = place.contract_price_id, place.price
    booking.confirmed_at = booking.reminded_at = None
    booking.save()
    BookingMove.objects.create(booking=booking, slot_id=left)
    give_back_place(slot_id=left)
    visit_moved.send(VisitMoved, fact=VisitMoved(booking.pk, booking.customer_id))
    return booking


def lock_slots(slot_id: int, site_service_id: int, starts_at: datetime) -> None:
    """Both, in one order: two that change places would wait crosswise for each other."""
    other = Slot.objects.filter(at=site_service_id, starts_at=starts_at)
    both = Slot.objects.filter(pk__in=[slot_id, *other.values_list("pk", flat=True)])
    list(both.select_for_update().order_by("pk").values_list("pk"))
