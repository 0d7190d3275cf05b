"""What stands about a service at a site on one day: all that a booking is judged by, in one statement."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from benefits.booking_window import SHANGHAI, earliest_start, last_day
from benefits.refusals import BenefitRefused, ClosedDay, NoContract, NotOffered, PastDate, TooFarAhead, TooSoon

OFFER = "SELECT * FROM benefits_offer(%s, %s)"  # of migration 0002_offer, which says why


@dataclass(frozen=True)
class Offer:
    """`hours`: from when until when the site is open, in Shanghai. `is_closed`: on this day, whatever the hours.

    `lasts`, `capacity`: of a slot, the latter in guests. `price`: in CNY; None where no contract covers the day.
    """

    lasts: timedelta
    capacity: int
    lead_time: str
    hours: tuple[tuple[time, time], ...]
    is_closed: bool
    contract_price_id: int | None
    price: Decimal | None
    has_system: bool


def offer_on(site_service_id: int, day: date) -> Offer | None:
    """None where the service, the site or the provider takes nobody any more, or there is no such place."""
    with connection.cursor() as cursor:
        cursor.execute(OFFER, [site_service_id, day])
        row = cursor.fetchone()
    if row is None:
        return None
    lasts, capacity, lead_time, hours, *rest = row
    return Offer(lasts, capacity, lead_time, tuple((opens, closes) for opens, closes in hours), *rest)


def closed_everywhere(lead_time: str, day: date) -> BenefitRefused | None:
    """Why nothing of a service with this lead time can be booked on that day, whatever the place."""
    now = timezone.now()
    if day < timezone.localdate(now):
        return PastDate()
    if day < timezone.localdate(earliest := earliest_start(lead_time, now)):
        return TooSoon(earliest)
    return TooFarAhead(last_day(now)) if day > last_day(now) else None


def closed_to_all(site_service_id: int, day: date) -> BenefitRefused | None:
    """Why nobody can have a place there on that day, however many become free; None where there is only no room."""
    offer = offer_on(site_service_id, day)
    if offer is None:
        return NotOffered()
    if refusal := closed_everywhere(offer.lead_time, day):
        return refusal
    starts = [] if offer.is_closed else last_starts(offer, day)
    if not starts:
        return ClosedDay(day)
    if max(starts) < (earliest := earliest_start(offer.lead_time, timezone.now())):
        return TooSoon(earliest)
    return None if offer.contract_price_id else NoContract()


def last_starts(offer: Offer, day: date) -> list[datetime]:
    """Of the hours of that day in which there is a slot at all, when the last one starts."""
    spans = [[datetime.combine(day, clock, SHANGHAI) for clock in hours] for hours in offer.hours]
    slots = [(opens, (closes - opens) // offer.lasts) for opens, closes in spans]
    return [opens + (count - 1) * offer.lasts for opens, count in slots if count]
