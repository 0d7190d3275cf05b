"""What members are told about their bookings: from a fact to the event of the catalogue and its values."""

from datetime import timedelta
from typing import Any

from django.utils import timezone, translation

from benefits.models import Booking
from benefits.queries.bookings import Visit, visit_of
from notifications.actions.announce import announce_platform_event
from notifications.models import Heard
from notifications.told_of_accounts import addressed


def tell_booked(heard: Heard) -> None:
    """Also of a booking that was moved, or that a waiting list made. Not before the provider's own system has taken it,
    where there is one: until then the page says that it is kept."""
    visit = visit_with(heard.subject_id)
    if visit.is_confirmed and visit.state == Booking.State.BOOKED:
        # Each time anew: a visit may be moved there and back.
        tell("benefit.booking_confirmed", visit, key=f"{key_of(heard)}:{heard.heard_at.isoformat()}", place=True)


def tell_reminder(heard: Heard) -> None:
    """Unless it was called off or moved since, or the provider's own system has not taken it."""
    visit = visit_with(heard.subject_id)
    day = timezone.localdate(visit.booking.starts_at)
    tomorrow = timezone.localdate(heard.heard_at) + timedelta(days=1)
    if visit.is_confirmed and visit.state == Booking.State.BOOKED and day == tomorrow:
        tell("benefit.booking_reminder", visit, key=f"{key_of(heard)}:{day}", place=True)


def tell_cancelled(heard: Heard) -> None:
    tell("benefit.booking_cancelled", visit_with(heard.subject_id), key=key_of(heard))


def tell_missed(heard: Heard) -> None:
    tell("benefit.no_show", visit_with(heard.subject_id), key=key_of(heard), number=False)


def tell_report(heard: Heard) -> None:
    """A provider may send several; what is in them is nobody's business but the member's."""
    visit = visit_with(heard.subject_id)
    tell("benefit.report_ready", visit, key=f"{key_of(heard)}:{heard.heard_at.isoformat()}", number=False)


def key_of(heard: Heard) -> str:
    return f"booking:{heard.subject_id}"


def tell(code: str, visit: Visit, *, key: str, place: bool = False, number: bool = True) -> None:
    """`place`, `number`: whether the event's text names the address and the number of the booking."""
    member = visit.booking.member
    with translation.override(member.language):
        values: dict[str, Any] = {
            "customer_name": addressed(member),
            "benefit_name": visit.service.name,
            "provider_name": visit.site.name,
            "visit_time": timezone.localtime(visit.booking.starts_at).isoformat(timespec="seconds"),
        }
    if place:
        values["outlet_address"] = f"{visit.site.city}{visit.site.district}{visit.site.address}"
    if number:
        values["booking_no"] = visit.number
    announce_platform_event(code=code, key=key, values=values, member=member, customer=member.customer)


def visit_with(booking_id: int) -> Visit:
    found = Booking.objects.select_related(
        "member__customer",
        "entitlement__allowance",
        "entitlement__service",
        "slot__at__site__provider",
        "guest",
    )
    return visit_of(found.get(pk=booking_id))
