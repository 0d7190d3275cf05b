"""What stands about a service at a site on one day: all that a booking is judged by, in one statement."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from benefits.booking_window import SHANGHAI, earliest_start, last_day
from benefits.refusals import BenefitRefused, ClosedDay, NoContract, NotOffered, PastDate, TooFarAhead, TooSoon

# In SQL, and by keys alone: through the ORM it is four queries, half of what a booking costs.
OFFER = """
    SELECT make_interval(mins => offered.slot_minutes), offered.capacity, service.lead_time,
           ARRAY(
               SELECT ARRAY[hours.opens, hours.closes] FROM benefits_openinghours AS hours
                WHERE hours.site_id = offered.site_id AND hours.weekday = %(weekday)s
           ),
           EXISTS (
               SELECT FROM benefits_blackoutday AS closed
                WHERE closed.site_id = offered.site_id AND closed.day = %(day)s
           ),
           price.id, price.price, provider.has_system
      FROM benefits_siteservice AS offered
      JOIN benefits_service AS service ON service.id = offered.service_id
      JOIN benefits_site AS site ON site.id = offered.site_id AND site.is_active
      JOIN benefits_provider AS provider ON provider.id = site.provider_id AND provider.is_active
      LEFT JOIN LATERAL (
           SELECT priced.id, priced.price
             FROM benefits_contract AS contract
             JOIN benefits_contractprice AS priced
               ON priced.contract_id = contract.id AND priced.service_id = offered.service_id
            WHERE contract.provider_id = provider.id AND %(day)s BETWEEN contract.starts_on AND contract.ends_on
      ) AS price ON true
     WHERE offered.id = %(offered)s AND offered.is_offered
"""


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
    values: dict[str, Any] = {"offered": site_service_id, "day": day, "weekday": day.weekday()}
    with connection.cursor() as cursor:
        cursor.execute(OFFER, values)
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
