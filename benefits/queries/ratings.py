"""What members say of the sites they visited, for those who choose one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

#: Fewer would tell who said what.
SHOWN_FROM = 5
#: What was longer ago says little of today, and would have to be read, too.
LOOKING_BACK = timedelta(days=365)

# Of each site the slots of the year by benefits_slot_once, and of each slot its bookings.
RATINGS = """
    SELECT offered.site_id, avg(visit.rating)::float8, count(*)
      FROM benefits_siteservice AS offered
      JOIN benefits_slot AS slot ON slot.at_id = offered.id AND slot.starts_at BETWEEN %(since)s AND %(now)s
      JOIN benefits_booking AS visit ON visit.slot_id = slot.id AND visit.rating IS NOT NULL
     WHERE offered.site_id = ANY(%(sites)s)
     GROUP BY offered.site_id
    HAVING count(*) >= %(shown_from)s
"""


@dataclass(frozen=True)
class Rated:
    """`mean`: of 1 to 5. `ratings`: how many it is of."""

    mean: float
    ratings: int


def ratings_of(sites: Collection[int]) -> dict[int, Rated]:
    """By site, whatever the service, of the visits of a year; without those that fewer than SHOWN_FROM have rated."""
    now = timezone.now()
    values: dict[str, Any] = {"sites": list(sites), "since": now - LOOKING_BACK, "now": now, "shown_from": SHOWN_FROM}
    with connection.cursor() as cursor:
        cursor.execute(RATINGS, values)
        return {site: Rated(mean, ratings) for site, mean, ratings in cursor.fetchall()}
