"""Calendar arithmetic of contracts: anniversaries and due dates."""

from calendar import monthrange
from datetime import date, timedelta
from random import Random

#: Days of grace after a premium's due date (docs/feeds.md).
GRACE = timedelta(days=60)


def months_later(day: date, months: int) -> date:
    """The same day of the month, or the month's last: 29 February plus a year is the 28th."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if day.day <= 28:
        return date(year, month + 1, day.day)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def years_later(day: date, years: int) -> date:
    return months_later(day, 12 * years)


def days_later(day: date, days: int) -> date:
    return day + timedelta(days=days)


def day_between(rng: Random, first: date, last: date) -> date:
    """Any day from first to last; first where the last one is earlier."""
    return first + timedelta(days=rng.randrange(max((last - first).days, 0) + 1))
