"""Closes a site for a day, and opens it again."""

from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import ngettext

from benefits.actions.call_off_visit import call_off_visit
from benefits.actions.end_booking import locked_booking
from benefits.actions.lock_network import lock_places
from benefits.actions.one_by_one import one_by_one
from benefits.models import BlackoutDay, Booking, Site
from members.models import Member


class BookingsStand(Exception):
    """Guests are expected on that day, and whoever closes it has not said what becomes of them. `count`: of them."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count

    def __str__(self) -> str:
        return ngettext(
            "%(count)s booking stands on that day. The day can be closed once it is called off.",
            "%(count)s bookings stand on that day. The day can be closed once they are called off.",
            self.count,
        ) % {"count": self.count}


def standing(site: Site, day: date) -> QuerySet[Booking]:
    """Whom the site expects on that day, in Shanghai, in the order of the day; who has come is not sent away."""
    booked = Booking.objects.coming().filter(slot__at__site=site, starts_at__date=day)
    return booked.select_related("customer", "slot__at__service").order_by("starts_at")


def at_closed_sites() -> Q:
    """Of a booking: whether the site has closed for good, or its provider is no partner any more."""
    return Q(slot__at__site__is_active=False) | Q(slot__at__site__provider__is_active=False)


def not_served() -> Q:
    """Of a booking: whether the site is closed on its day, or for good."""
    closed = BlackoutDay.objects.filter(site=OuterRef("slot__at__site"), day=OuterRef("starts_at__date"))
    return Q(Exists(closed)) | at_closed_sites()


def close_day(*, site: Site, day: date, by: Member | None, reason: str = "", call_off: bool = False) -> BlackoutDay:
    """From now on nobody can book there on that day. Once more only changes the reason.

    `call_off`: who is expected then is told that it is off, and has used nothing; one after the other, so what a
    killed run has left, the next one or the night does. Raises BookingsStand, unless it is so.
    """
    closed = close(site, day, reason, call_off)
    call_off_all(standing(site, day), by=by, because=reason or None)
    return closed


@transaction.atomic
def close(site: Site, day: date, reason: str, knows_of_bookings: bool) -> BlackoutDay:
    # Who is booking is waited for, and counted; who books afterwards finds the day closed (take_place.lock_place).
    lock_places([site.pk])
    if not knows_of_bookings and (count := standing(site, day).count()):
        raise BookingsStand(count)
    return BlackoutDay.objects.update_or_create(site=site, day=day, defaults={"reason": reason})[0]


def call_off_all(bookings: QuerySet[Booking], *, by: Member | None, because: str | None) -> int:
    """Each in a transaction of its own; what was moved or ended meanwhile is left alone. Answers how many.

    `because`: None where the site is closed, and nobody has said why.
    """

    @transaction.atomic
    def call_off(booking_id: int) -> bool:
        locked_booking(booking_id)
        if stands := bookings.filter(pk=booking_id).exists():
            call_off_visit(booking_id=booking_id, by=by, because=because)
        return stands

    return one_by_one(list(bookings.values_list("pk", flat=True)), call_off, fault="visit_not_called_off")


def open_day(*, closed: BlackoutDay) -> None:
    """The usual hours hold again."""
    closed.delete()
