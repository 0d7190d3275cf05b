"""Closes a site for a day, and opens it again."""

from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import ngettext

from benefits.models import BlackoutDay, Booking, Site


class BookingsStand(Exception):
    """Somebody has booked on that day, and whoever closes it has not said that they know. `count`: of bookings."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count

    def __str__(self) -> str:
        return ngettext(
            "%(count)s booking stands on that day. Closing the day does not cancel it: the guest has to be called.",
            "%(count)s bookings stand on that day. Closing the day does not cancel them: the guests have to be called.",
            self.count,
        ) % {"count": self.count}


def standing(site: Site, day: date) -> QuerySet[Booking]:
    """What is booked at the site on that day, in Shanghai, in the order of the day."""
    booked = Booking.objects.filter(slot__at__site=site, starts_at__date=day, state__in=Booking.OPEN)
    return booked.select_related("customer", "slot__at__service").order_by("starts_at")


@transaction.atomic
def close_day(*, site: Site, day: date, reason: str = "", knows_of_bookings: bool = False) -> BlackoutDay:
    """From now on nobody can book there on that day. Once more only changes the reason. Raises BookingsStand."""
    if not knows_of_bookings and (count := standing(site, day).count()):
        raise BookingsStand(count)
    return BlackoutDay.objects.update_or_create(site=site, day=day, defaults={"reason": reason})[0]


def open_day(*, closed: BlackoutDay) -> None:
    """The usual hours hold again."""
    closed.delete()
