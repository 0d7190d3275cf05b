"""Takes a place in a slot, and gives it back."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Greatest, Least
from django.utils import timezone

from benefits.booking_window import SHANGHAI, earliest_start, last_day
from benefits.models import Service, SiteService, Slot
from benefits.queries.offers import Offer, offer_on
from benefits.queries.places import next_free_slots
from benefits.refusals import ClosedDay, NoContract, NoSuchSlot, NotOffered, PastDate, SlotTaken, TooFarAhead, TooSoon

#: So many others are named to who came too late.
NAMED = 5
ONE_CUSTOMER = 0x0BE0
LOCK = """
    SELECT service.id, service.required_level FROM benefits_siteservice AS offered
      JOIN benefits_service AS service ON service.id = offered.service_id
     WHERE offered.id = %s AND service.mode = 'slot'
       FOR KEY SHARE OF offered
"""
# The row is there from its first booking on. Looked at and taken in one statement: the second of two waits for the
# first, who may be making the row, and sees what is left. Then visits of one customer queue: of two that overlap, each
# would wait for the other (an exclusion constraint looks after it has written), and one would fail of a deadlock
# instead of being refused.
TAKE = """
    INSERT INTO benefits_slot AS slot (at_id, starts_at, capacity, taken)
    SELECT %(at)s, %(starts_at)s, %(capacity)s, 1 WHERE %(capacity)s > 0
        ON CONFLICT (at_id, starts_at) DO UPDATE SET taken = slot.taken + 1 WHERE slot.taken < slot.capacity
    RETURNING id, pg_advisory_xact_lock(%(one_customer)s, %(customer)s)
"""


@dataclass(frozen=True)
class TakenPlace:
    """`price`: in CNY, what the contract of that day says. `has_system`: the provider's own is to be told."""

    slot_id: int
    starts_at: datetime
    ends_at: datetime
    contract_price_id: int
    price: Decimal
    has_system: bool


def lock_place(site_service_id: int) -> Service:
    """The service that is offered there. Raises Service.DoesNotExist.

    Before all other locks: who changes hours, slots or closed days of the place counts what is booked with the row
    locked (FOR UPDATE), and waits for who is booking; who books after them waits here, and reads what they have made
    of it.
    """
    for service in Service.objects.raw(LOCK, [site_service_id]):
        return service
    raise Service.DoesNotExist


def take_place(*, site_service_id: int, starts_at: datetime, customer_id: int) -> TakenPlace:
    """One place in the slot that starts then, for the caller's transaction: until it ends, others wait for the slot,
    and whoever takes a place for the same customer.

    The caller has called `lock_place` before.

    Raises PastDate, NotOffered, TooSoon, TooFarAhead, ClosedDay, NoContract, NoSuchSlot, SlotTaken with the next free
    ones (benefits.refusals).
    """
    now, day = timezone.now(), starts_at.astimezone(SHANGHAI).date()
    if starts_at <= now:
        raise PastDate
    offer = offer_on(site_service_id, day)
    if offer is None:
        raise NotOffered
    if starts_at < (earliest := earliest_start(offer.lead_time, now)):
        raise TooSoon(earliest)
    if day > last_day(now):
        raise TooFarAhead(last_day(now))
    require_slot(offer, day, starts_at)
    if offer.contract_price_id is None or offer.price is None:
        raise NoContract
    slot_id = take(site_service_id, starts_at, offer.capacity, customer_id)
    if slot_id is None:
        raise SlotTaken(next_free_slots(site_service_id, starts_at, NAMED))
    return TakenPlace(
        slot_id, starts_at, starts_at + offer.lasts, offer.contract_price_id, offer.price, offer.has_system
    )


def take(site_service_id: int, starts_at: datetime, capacity: int, customer_id: int) -> int | None:
    """The slot, with one place less; None where it is full."""
    values: dict[str, Any] = {"at": site_service_id, "starts_at": starts_at, "capacity": capacity}
    values |= {"one_customer": ONE_CUSTOMER, "customer": customer_id}
    with connection.cursor() as cursor:
        cursor.execute(TAKE, values)
        row = cursor.fetchone()
    return row[0] if row else None


def give_back_place(slot_id: int) -> None:
    """One place of the slot is free again. Only for a place that was taken: below none the database refuses it.

    Not free for others where the site takes fewer guests by now: a slot keeps more places only for who has booked.
    """
    slot = Slot.objects.filter(pk=slot_id)
    slot.update(taken=F("taken") - 1)
    # A statement of its own: it sees what whoever lowered the capacity, for whom the first may have waited, has said.
    offered = SiteService.objects.filter(pk=OuterRef("at")).values("capacity")
    slot.update(capacity=Least("capacity", Greatest(Subquery(offered), "taken")))


def require_slot(offer: Offer, day: date, starts_at: datetime) -> None:
    """Raises ClosedDay, NoSuchSlot."""
    if not offer.hours or offer.is_closed:
        raise ClosedDay(day)
    opened = ((datetime.combine(day, clock, SHANGHAI) for clock in hours) for hours in offer.hours)
    if not any(is_slot(opens, closes, starts_at, offer.lasts) for opens, closes in opened):
        raise NoSuchSlot


def is_slot(opens: datetime, closes: datetime, starts_at: datetime, lasts: timedelta) -> bool:
    """One slot follows the other from opening on, as long as it ends before closing."""
    return opens <= starts_at and starts_at + lasts <= closes and not (starts_at - opens) % lasts
