"""Takes a place in a slot, and gives it back."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from benefits.booking_window import SHANGHAI, earliest_start, last_day
from benefits.models import BlackoutDay, ContractPrice, OpeningHours, SiteService, Slot
from benefits.queries.places import next_free_slots
from benefits.refusals import ClosedDay, NoContract, NoSuchSlot, NotOffered, PastDate, SlotTaken, TooFarAhead, TooSoon
from members.rows import insert_row

#: So many others are named to who came too late.
NAMED = 5


@dataclass(frozen=True)
class TakenPlace:
    """`price`: what the contract of that day says."""

    slot: Slot
    ends_at: datetime
    price: ContractPrice


@transaction.atomic
def take_place(*, site_service_id: int, starts_at: datetime) -> TakenPlace:
    """One place in the slot that starts then, for the caller's transaction: until it ends, others wait for the slot.

    Raises PastDate, NotOffered, TooSoon, TooFarAhead, ClosedDay, NoContract, NoSuchSlot, SlotTaken with the next free
    ones (benefits.refusals).
    """
    now = timezone.now()
    if starts_at <= now:
        raise PastDate
    offer = (
        SiteService.objects.select_related("service", "site__provider")
        .filter(pk=site_service_id, is_offered=True, site__is_active=True, site__provider__is_active=True)
        .first()
    )
    if offer is None:
        raise NotOffered
    day, lasts = starts_at.astimezone(SHANGHAI).date(), timedelta(minutes=offer.slot_minutes)
    if starts_at < (earliest := earliest_start(offer.service, now)):
        raise TooSoon(earliest)
    if day > last_day(now):
        raise TooFarAhead(last_day(now))
    require_slot(offer, day, starts_at, lasts)
    price = price_on(offer, day)
    # The row is there from its first booking on. Of two who make it at once the second waits here for the first.
    insert_row(Slot(at=offer, starts_at=starts_at, capacity=offer.capacity, taken=0))
    slot = Slot.objects.get(at=offer, starts_at=starts_at)
    if not take(slot):
        raise SlotTaken(next_free_slots(offer.pk, starts_at, NAMED))
    slot.refresh_from_db()
    return TakenPlace(slot, starts_at + lasts, price)


def take(slot: Slot) -> bool:
    """Looked at and taken in one statement: the second of two waits for the first, and sees what is left."""
    return bool(Slot.objects.filter(pk=slot.pk, taken__lt=F("capacity")).update(taken=F("taken") + 1))


def give_back_place(slot_id: int) -> None:
    """One place of the slot is free again. Only for a place that was taken: below none the database refuses it."""
    Slot.objects.filter(pk=slot_id).update(taken=F("taken") - 1)


def require_slot(offer: SiteService, day: date, starts_at: datetime, lasts: timedelta) -> None:
    """Raises ClosedDay, NoSuchSlot."""
    hours = list(OpeningHours.objects.filter(site=offer.site_id, weekday=day.weekday()))
    if not hours or BlackoutDay.objects.filter(site=offer.site_id, day=day).exists():
        raise ClosedDay(day)
    if not any(is_slot(each, day, starts_at, lasts) for each in hours):
        raise NoSuchSlot


def is_slot(hours: OpeningHours, day: date, starts_at: datetime, lasts: timedelta) -> bool:
    """One slot follows the other from opening on, as long as it ends before closing."""
    opens, closes = (datetime.combine(day, clock, SHANGHAI) for clock in (hours.opens, hours.closes))
    return opens <= starts_at and starts_at + lasts <= closes and not (starts_at - opens) % lasts


def price_on(offer: SiteService, day: date) -> ContractPrice:
    """Raises NoContract."""
    price = ContractPrice.objects.filter(
        contract__provider=offer.site.provider_id,
        contract__starts_on__lte=day,
        contract__ends_on__gte=day,
        service=offer.service_id,
    ).first()
    if price is None:
        raise NoContract
    return price
