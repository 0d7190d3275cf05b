"""The day before a visit its member hears of it."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from benefits.events import VisitTomorrow, visit_tomorrow
from benefits.models import Booking

AT_ONCE = 200


def remind_of_visits() -> int:
    """Of all that are booked for tomorrow and were not told yet; answers of how many. Killed, the next run goes on."""
    told = 0
    while batch := remind_batch():
        told += batch
    return told


@transaction.atomic
def remind_batch() -> int:
    tomorrow = timezone.localdate() + timedelta(days=1)
    due = Booking.objects.coming().filter(starts_at__date=tomorrow, reminded_at=None).order_by("pk")
    bookings = list(due.select_for_update(skip_locked=True, of=("self",))[:AT_ONCE])
    Booking.objects.filter(pk__in=[booking.pk for booking in bookings]).update(reminded_at=timezone.now())
    for booking in bookings:
        visit_tomorrow.send(VisitTomorrow, fact=VisitTomorrow(booking.pk, booking.customer_id))
    return len(bookings)
