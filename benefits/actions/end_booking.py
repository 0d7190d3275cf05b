"""How a booking ends: what it held is used, or free again. In the transaction of whoever has locked it."""

from django.utils import timezone

from benefits.actions import quota
from benefits.models import Booking, Entitlement

State = Booking.State


def locked_booking(booking_id: int) -> Booking:
    """Locked until the transaction ends; before it, as everywhere, all that the customer has of the service.

    All, because days between visits are counted over all of them. Raises Booking.DoesNotExist.
    """
    customer_id, service_id = Booking.objects.values_list("customer", "entitlement__service").get(pk=booking_id)
    Entitlement.objects.lock_all(customer_id=customer_id, service_id=service_id)
    return (
        Booking.objects.select_for_update(of=("self",))
        .select_related("entitlement__allowance", "entitlement__customer", "slot", "guest")
        .get(pk=booking_id)
    )


def spend(booking: Booking, state: Booking.State) -> None:
    """What was held counts as used."""
    assert state in Booking.SPENT
    quota.spend(booking.entitlement_id)
    end(booking, state)


def set_free(booking: Booking, state: Booking.State) -> None:
    """The quota has it back."""
    quota.free(booking.entitlement_id, for_family=booking.guest_id is not None)
    end(booking, state)


def end(booking: Booking, state: Booking.State) -> None:
    booking.state, booking.ended_at = state, timezone.now()
    booking.save(update_fields=["state", "ended_at"])
