"""A customer's bookings as they see them, and the waiting lists they are on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from benefits.models import Booking, Provider, Service, Site, WaitingPlace
from benefits.models.booking import BookingQuerySet
from benefits.models.waiting import WaitingQuerySet
from benefits.queries.own import own
from members.models import Member

State = Booking.State


@dataclass(frozen=True)
class Visit:
    """`guest`: the family member's name, empty for the customer. `free_until`: until then it can be cancelled or moved,
    and nothing is used up; afterwards, until it begins, it can be cancelled and counts as used."""

    booking: Booking
    service: Service
    site: Site
    provider: Provider
    guest: str
    free_until: datetime

    @property
    def booking_id(self) -> int:
        return self.booking.pk

    @property
    def number(self) -> str:
        return booking_no(self.booking)

    @property
    def state(self) -> Booking.State:
        return State(self.booking.state)

    @property
    def is_confirmed(self) -> bool:
        """False while the provider's own system has not taken it yet."""
        return is_confirmed(self.booking, self.provider)

    @property
    def is_free_to_change(self) -> bool:
        return self.state == State.BOOKED and timezone.now() <= self.free_until

    @property
    def may_cancel(self) -> bool:
        return self.state == State.BOOKED and timezone.now() < self.booking.starts_at

    @property
    def may_rate(self) -> bool:
        return self.state == State.COMPLETED and self.booking.rating is None


def booking_no(booking: Booking) -> str:
    """What a booking is called between people; it opens nothing."""
    return f"B{booking.pk:08d}"


def is_confirmed(booking: Booking, provider: Provider) -> bool:
    """Where a provider has no system of its own, our word is all there is."""
    return booking.confirmed_at is not None or not provider.has_system


def bookings_of(member: Member) -> BookingQuerySet:
    """All that are the member's own."""
    return Booking.objects.filter(own(member)).select_related(
        "entitlement__allowance", "entitlement__service", "slot__at__site__provider", "guest"
    )


def coming_bookings(member: Member) -> BookingQuerySet:
    """Those not over, the next one first."""
    return bookings_of(member).filter(state__in=Booking.OPEN).order_by("starts_at", "pk")


def past_bookings(member: Member) -> BookingQuerySet:
    """Those that took place, were missed or called off, the latest first."""
    return bookings_of(member).exclude(state__in=Booking.OPEN).order_by("-starts_at", "-pk")


def booking_of(member: Member, booking_id: int) -> Visit:
    """Raises Booking.DoesNotExist, for somebody else's, too."""
    return visit_of(bookings_of(member).get(pk=booking_id))


def visit_of(booking: Booking) -> Visit:
    """Of a booking as `bookings_of` reads it."""
    site = booking.slot.at.site
    return Visit(
        booking=booking,
        service=booking.entitlement.service,
        site=site,
        provider=site.provider,
        guest=(booking.guest.name or "") if booking.guest else "",
        free_until=booking.starts_at - timedelta(hours=booking.entitlement.allowance.cancel_hours),
    )


def waiting_of(member: Member) -> WaitingQuerySet:
    """The lists the customer is on, the nearest day first."""
    return waiting_places_of(member).filter(state=WaitingPlace.State.WAITING).order_by("day", "pk")


def ended_waiting_of(member: Member) -> WaitingQuerySet:
    """Those that a refusal ended (`why_not`), until the day is over."""
    ended = waiting_places_of(member).filter(state=WaitingPlace.State.PASSED, day__gte=timezone.localdate())
    return ended.exclude(why_not="").order_by("day", "pk")


def waiting_place_of(member: Member, place_id: int) -> WaitingPlace:
    """Raises WaitingPlace.DoesNotExist, for somebody else's, too."""
    return waiting_places_of(member).get(pk=place_id)


def waiting_places_of(member: Member) -> WaitingQuerySet:
    places = WaitingPlace.objects.filter(own(member))
    return places.select_related("at__site", "at__service", "guest")
