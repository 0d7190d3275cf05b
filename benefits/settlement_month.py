"""Months as providers are paid for them: those of Shanghai."""

from datetime import date, datetime

from dateutil.relativedelta import relativedelta
from django.utils import timezone

from benefits.refusals.settlement import MonthNotOver


def month_of(day: date) -> date:
    return day.replace(day=1)


def last_month() -> date:
    return month_of(timezone.localdate()) - relativedelta(months=1)


def bounds(month: date) -> tuple[datetime, datetime]:
    """From the moment at which it begins, until the one at which the next does."""
    return midnight(month), midnight(month + relativedelta(months=1))


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001  # it is given one here


def require_over(month: date) -> None:
    """Raises MonthNotOver; ValueError for a day that begins no month."""
    if month.day != 1:
        raise ValueError("a month is named by its first day")
    if timezone.now() < bounds(month)[1]:
        raise MonthNotOver(month)
