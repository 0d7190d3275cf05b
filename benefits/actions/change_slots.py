"""What becomes of the slots that are booked already when a site changes how it takes guests."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from benefits.actions.take_place import is_slot
from benefits.booking_window import SHANGHAI
from benefits.models import SiteService, Slot
from benefits.network.cells import Hours

#: A site and a weekday, 0 for Monday.
Weekday = tuple[int, int]


def booked_to_come(offer: SiteService) -> int:
    """How many slots that are yet to come have guests. While there are any, slots can't become longer or shorter: two
    of them would overlap, and the site would be taken twice.
    """
    return Slot.objects.filter(at=offer, starts_at__gt=timezone.now(), taken__gt=0).count()


def bookings_without_slot(wanted: Mapping[Weekday, Hours]) -> Counter[Weekday]:
    """How many coming bookings would have no slot any more. `wanted`: the new hours of those weekdays.

    While there are any, the hours stay: slots count from opening, and new ones would overlap what is booked.
    """
    booked = Slot.objects.filter(at__site__in={site for site, _ in wanted}, starts_at__gt=timezone.now(), taken__gt=0)
    found: Counter[Weekday] = Counter()
    for site_id, starts_at, minutes, taken in booked.values_list("at__site", "starts_at", "at__slot_minutes", "taken"):
        day, lasts = starts_at.astimezone(SHANGHAI).date(), timedelta(minutes=minutes)
        spans = wanted.get((site_id, day.weekday()))
        opened = ((datetime.combine(day, clock, SHANGHAI) for clock in span) for span in spans or [])
        if spans is not None and not any(is_slot(opens, closes, starts_at, lasts) for opens, closes in opened):
            found[site_id, day.weekday()] += taken
    return found


def spread_capacity(offer: SiteService) -> None:
    """Coming slots take as many guests as the site now says, and never fewer than have booked."""
    Slot.objects.filter(at=offer, starts_at__gt=timezone.now()).update(capacity=Greatest(offer.capacity, F("taken")))
