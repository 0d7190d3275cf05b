"""The day before a visit its member hears of it."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from benefits.actions.close_day import not_served
from benefits.actions.one_by_one import one_by_one
from benefits.booking_window import midnight
from benefits.events import VisitTomorrow, visit_tomorrow
from benefits.models import Booking
from benefits.models.booking import BookingQuerySet


def remind_of_visits() -> int:
    """Of all that are booked for tomorrow and were not told yet; answers of how many. Killed, the next run goes on."""
    return one_by_one(list(due().values_list("pk", flat=True)), remind_of, fault="visit_not_reminded_of")


def due() -> BookingQuerySet:
    tomorrow = timezone.localdate() + timedelta(days=1)
    begins = midnight(tomorrow), midnight(tomorrow + timedelta(days=1))
    booked = Booking.objects.coming().filter(starts_at__gte=begins[0], starts_at__lt=begins[1], reminded_at=None)
    # What a provider's own system has not taken may not take place. Once it has, the member is told.
    sure = booked.exclude(pk__in=Booking.objects.unconfirmed().values("pk"))
    # Where nobody is served any more, the night calls them off (end_past_visits), or somebody before.
    return sure.filter(~not_served()).order_by("pk")


@transaction.atomic
def remind_of(booking_id: int) -> bool:
    """False where it was told of or changed meanwhile, or somebody else is at it."""
    booking = due().select_for_update(skip_locked=True, of=("self",)).filter(pk=booking_id).first()
    if booking is None:
        return False
    booking.reminded_at = timezone.now()
    booking.save(update_fields=["reminded_at"])
    visit_tomorrow.send(VisitTomorrow, fact=VisitTomorrow(booking.pk, booking.customer_id))
    return True
