"""Working days in China: weekends and public holidays off, make-up working days on.

The holidays of a year are announced in the autumn before it, and `chinesecalendar` learns them with a new release. For
a year that it doesn't know (yet), Monday to Friday count, and the log says so once.
"""

from datetime import date, timedelta
from functools import cache, lru_cache

import chinese_calendar
import structlog

log = structlog.get_logger(__name__)


@lru_cache(maxsize=4096)
def is_working_day(day: date) -> bool:
    """Whether people in China work on `day`, make-up Saturdays and Sundays included."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        warn_of_unknown_year(day.year)
        return day.weekday() < 5


def add_working_days(day: date, n: int) -> date:
    """The `n`-th working day after `day`, which itself doesn't count; `n` = 0 is `day`. Raises ValueError below 0."""
    if n < 0:
        raise ValueError("working days are counted forward")
    while n:
        day += timedelta(days=1)
        n -= is_working_day(day)
    return day


@cache
def warn_of_unknown_year(year: int) -> None:
    """Once a year and process."""
    log.warning("holidays_unknown", year=year, meaning="weekdays count as working days; upgrade chinesecalendar")
