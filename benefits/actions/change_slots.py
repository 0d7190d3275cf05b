"""What becomes of the slots that are booked already when a site changes how it takes guests."""

from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from benefits.models import SiteService, Slot


def booked_to_come(offer: SiteService) -> int:
    """How many slots that are yet to come have guests. While there are any, slots can't become longer or shorter: two
    of them would overlap, and the site would be taken twice.
    """
    return Slot.objects.filter(at=offer, starts_at__gt=timezone.now(), taken__gt=0).count()


def spread_capacity(offer: SiteService) -> None:
    """Coming slots take as many guests as the site now says, and never fewer than have booked."""
    Slot.objects.filter(at=offer, starts_at__gt=timezone.now()).update(capacity=Greatest(offer.capacity, F("taken")))
