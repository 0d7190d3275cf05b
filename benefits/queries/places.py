"""Where and when a service can be booked: what the hours, the contracts and the places taken so far leave free."""

from dataclasses import dataclass
from datetime import date, datetime
from math import cos, radians
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import get_language

from benefits.booking_window import SHANGHAI, earliest_start, last_day
from benefits.models import Service, SiteService
from benefits.queries.ratings import Rated, ratings_of

EARTH_KM = 6371.0088
#: Without a city, nobody is shown what is further away than this.
REACH_KM = 50.0
#: Places a page.
PAGE = 20
KM_A_DEGREE = 111.195

#: Each from %(first)s to %(last)s.
DAYS = "generate_series(%(first)s::timestamp, %(last)s::timestamp, interval '1 day')"
#: Services at sites, on those of the days on which they take guests at all.
OPEN = """
    SELECT offered.id, offered.slot_minutes, offered.capacity, offered.site_id, dates.day {columns}
      FROM {days} AS dates (day)
     CROSS JOIN benefits_siteservice AS offered
      JOIN benefits_site AS site ON site.id = offered.site_id AND site.is_active
      JOIN benefits_provider AS provider ON provider.id = site.provider_id AND provider.is_active
     WHERE offered.is_offered AND {where}
       AND EXISTS (
           SELECT
             FROM benefits_contract AS contract
             JOIN benefits_contractprice AS price
               ON price.contract_id = contract.id AND price.service_id = offered.service_id
            WHERE contract.provider_id = site.provider_id
              AND dates.day::date BETWEEN contract.starts_on AND contract.ends_on
       )
       AND NOT EXISTS (
           SELECT FROM benefits_blackoutday AS closed
            WHERE closed.site_id = offered.site_id AND closed.day = dates.day::date
       )
"""
#: The slots of one row of OPEN that start at %(not_before)s or later and have room.
SLOTS = """
      FROM benefits_openinghours AS hours
     CROSS JOIN make_interval(mins => open.slot_minutes) AS lasts
     CROSS JOIN generate_series(open.day + hours.opens, open.day + hours.closes - lasts, lasts) AS clock
     CROSS JOIN LATERAL (SELECT clock AT TIME ZONE 'Asia/Shanghai' AS starts_at) AS slot
      LEFT JOIN benefits_slot AS booked
        ON booked.at_id = open.id AND booked.starts_at = slot.starts_at
           -- for the index: of a busy place's thousands of slots only the day's are read
           AND booked.starts_at >= open.day AT TIME ZONE 'Asia/Shanghai'
           AND booked.starts_at < (open.day + interval '1 day') AT TIME ZONE 'Asia/Shanghai'
     CROSS JOIN LATERAL (
           SELECT coalesce(booked.capacity, open.capacity) - coalesce(booked.taken, 0) AS places
     ) AS room
     WHERE hours.site_id = open.site_id AND hours.weekday = extract(isodow FROM open.day)::int - 1
       AND slot.starts_at >= %(not_before)s
       AND room.places > 0
"""
#: By haversine, which stays exact for sites in one street.
DISTANCE_KM = """
    2 * %(earth_km)s * asin(least(1, sqrt(
        power(sin(radians(site.latitude - %(latitude)s) / 2), 2)
        + cos(radians(%(latitude)s)) * cos(radians(site.latitude))
        * power(sin(radians(site.longitude - %(longitude)s) / 2), 2)
    )))
"""


@dataclass(frozen=True)
class Place:
    """A site where a service can be booked on the day that was asked for. `site_service_id` is what a slot is taken at.

    `distance_km`: from where the member is, None where nobody said. `free_slots`: how many of the day have room;
    `first_at`: the earliest of them. `rated`: what members say of the site, None where too few do.
    """

    site_service_id: int
    site_id: int
    site_no: str
    name_zh: str
    name_en: str
    provider_id: int
    city: str
    district: str
    address: str
    phone: str
    latitude: float
    longitude: float
    distance_km: float | None
    free_slots: int
    first_at: datetime
    rated: Rated | None

    @property
    def name(self) -> str:
        """In the reader's language, where it has one in it."""
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name_zh


@dataclass(frozen=True)
class FreeSlot:
    """`left`: so many more can come."""

    starts_at: datetime
    ends_at: datetime
    left: int


def search_places(
    *,
    service_code: str,
    day: date,
    city: str = "",
    near: tuple[float, float] | None = None,
    at_least: int = 1,
    limit: int = PAGE,
    offset: int = 0,
) -> list[Place]:
    """Sites of active providers under contract that can take somebody for the service on that day.

    `near`: latitude and longitude (WGS 84, degrees) of the member: the nearest first, and without a `city` none beyond
    REACH_KM. Without it by city and name. `at_least`: so many slots of the day have room. `offset`: so many are left
    out, which are shown already. A day that is over, or too far ahead, has none. Raises Service.DoesNotExist;
    ValueError for a position that is not on earth.
    """
    service, now = Service.objects.get(code=service_code), timezone.now()
    where, values = within(city, near)
    if day > last_day(now):
        return []
    values |= {
        "service": service.pk,
        "first": day,
        "last": day,
        "not_before": earliest_start(service.lead_time, now),
        "at_least": at_least,
        "limit": limit,
        "offset": offset,
    }
    distance = DISTANCE_KM if near else "NULL::float8"
    order = "distance_km" if near else "name_zh" if city else "city, name_zh"
    columns = f""", site.site_no, site.name_zh, site.name_en, site.provider_id, site.city, site.district, site.address,
        site.phone, site.latitude, site.longitude, {distance} AS distance_km
    """
    # In order before anything is counted: the first page of those with room ends the search.
    statement = f"""
        SELECT open.id, open.site_id, site_no, name_zh, name_en, provider_id, city, district, address, phone, latitude,
               longitude, distance_km, free.slots, free.first_at
          FROM ({OPEN.format(days=DAYS, columns=columns, where=where)} ORDER BY {order}, site_no) AS open
         CROSS JOIN LATERAL (SELECT count(*) AS slots, min(slot.starts_at) AS first_at {SLOTS}) AS free
         WHERE free.slots >= %(at_least)s
         ORDER BY {order}, site_no
         LIMIT %(limit)s OFFSET %(offset)s
    """  # noqa: S608 pieces of this file
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = cursor.fetchall()
    rated = ratings_of([row[1] for row in found])
    return [Place(*(*row, rated.get(row[1]))) for row in found]


def places_on(page: int, **asked: Any) -> tuple[list[Place], int | None]:
    """Those of that page, from 1, of what `search_places` finds, and the number of the next one; None after the last.

    Raises as it does.
    """
    found = search_places(**asked, limit=PAGE + 1, offset=(page - 1) * PAGE)
    return found[:PAGE], page + 1 if len(found) > PAGE else None


def free_days(
    *, service_code: str, first: date, last: date, city: str = "", near: tuple[float, float] | None = None
) -> list[date]:
    """Those on which `search_places` finds anything, in their order. Raises as it does."""
    service, now = Service.objects.get(code=service_code), timezone.now()
    where, values = within(city, near)
    values |= {
        "service": service.pk,
        "first": first,
        "last": min(last, last_day(now)),
        "not_before": earliest_start(service.lead_time, now),
    }
    # Asked of each day apart, and without its limit the inner question would be asked of all places at once: the first
    # free time anywhere is answer enough.
    statement = f"""
        SELECT asked.day::date
          FROM {DAYS} AS asked (day)
         WHERE EXISTS (
               SELECT
                 FROM ({OPEN.format(days="(SELECT asked.day)", columns="", where=where)}) AS open
                CROSS JOIN LATERAL (SELECT {SLOTS} LIMIT 1) AS free
         )
         ORDER BY asked.day
    """  # noqa: S608 pieces of this file
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [day for (day,) in cursor.fetchall()]


def within(city: str, near: tuple[float, float] | None) -> tuple[str, dict[str, Any]]:
    """Which of the services at sites are meant, as a condition of OPEN, and its values. Raises ValueError."""
    where, values = "offered.service_id = %(service)s", dict[str, Any]()
    if city:
        where, values["city"] = f"{where} AND site.city = %(city)s", city
    if near is None:
        return where, values
    if not (-90 <= near[0] <= 90 and -180 <= near[1] <= 180):
        raise ValueError("a position is a latitude and a longitude in degrees")
    values |= {"earth_km": EARTH_KM, "latitude": near[0], "longitude": near[1], "reach_km": REACH_KM}
    if city:
        return where, values
    # The box is a quick, somewhat too large answer, which an index can give; the distance cuts its corners off.
    height = REACH_KM / KM_A_DEGREE
    width = min(180.0, height / max(cos(radians(near[0])), 0.01))
    values |= {
        "south": near[0] - height,
        "north": near[0] + height,
        "west": near[1] - width,
        "east": near[1] + width,
    }
    where = f"""{where}
        AND site.latitude BETWEEN %(south)s AND %(north)s AND site.longitude BETWEEN %(west)s AND %(east)s
        AND {DISTANCE_KM} <= %(reach_km)s
    """
    return where, values


def free_slots(site_service_id: int, day: date, after: datetime) -> list[FreeSlot]:
    """Those of that day, in Shanghai, that start at `after` or later and can be booked now, in their order.

    None on a closed day, without a contract, or where the service is not offered. Raises SiteService.DoesNotExist.
    """
    return slots_between(site_service_id, day, day, after)


def next_free_slots(site_service_id: int, after: datetime, count: int) -> list[FreeSlot]:
    """The next `count` that start at `after` or later, as far ahead as anything can be booked.

    Raises SiteService.DoesNotExist.
    """
    return slots_between(site_service_id, after.astimezone(SHANGHAI).date(), None, after, count)


def slots_between(
    site_service_id: int, first: date, last: date | None, after: datetime, count: int | None = None
) -> list[FreeSlot]:
    """`last`: None for as far as can be booked. `count`: None for all."""
    service, now = SiteService.objects.select_related("service").get(pk=site_service_id).service, timezone.now()
    horizon, not_before = last_day(now), max(after, earliest_start(service.lead_time, now))
    values: dict[str, Any] = {
        "offered": site_service_id,
        "first": max(first, not_before.astimezone(SHANGHAI).date()),
        "last": min(last or horizon, horizon),
        "not_before": not_before,
        "count": count,
    }
    statement = f"""
        SELECT free.*
          FROM ({OPEN.format(days=DAYS, columns="", where="offered.id = %(offered)s")} ORDER BY dates.day) AS open
         CROSS JOIN LATERAL (SELECT slot.starts_at, slot.starts_at + lasts, room.places {SLOTS}) AS free
         ORDER BY open.day, free.starts_at
         LIMIT %(count)s
    """  # noqa: S608 pieces of this file
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [FreeSlot(*row) for row in cursor.fetchall()]
