"""Until when a provider has to have kept what was promised of a case. Pure.

The catalogue (benefits.csv) says how long before a service is to be asked for (booking_lead_time), and for some in how
many working days it is done (conditions). A lead time of hours promises that somebody takes the case; one of days that
the case is done. More than one day are working days: the catalogue says so of the second opinion and the expert's
outpatient hour (P10D, “within 10 working days”), and hospitals and panels, who do what the others promise, work on
working days. Up to a day runs by the clock, at night and on holidays, too.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from benefits.models import Entitlement
from members.catalogue import duration
from members.working_days import add_working_days, is_working_day

#: What the catalogue calls “at once” (PT0S): somebody takes the case by then.
AT_ONCE = timedelta(minutes=15)
ONE_DAY = timedelta(days=1)


def time_given(entitlement: Entitlement) -> timedelta:
    """A lead time; AT_ONCE where the catalogue gives none."""
    given = duration(entitlement.service.lead_time)
    return timedelta(days=given.days, hours=given.hours, minutes=given.minutes) or AT_ONCE


def working_days_given(entitlement: Entitlement) -> int:
    """0 where the promise is not counted in working days."""
    given = time_given(entitlement)
    return entitlement.allowance.done_working_days or (given.days if given > ONE_DAY else 0)


def is_kept_by_taking(entitlement: Entitlement) -> bool:
    """Whether only that somebody takes the case was promised."""
    return not working_days_given(entitlement) and time_given(entitlement) < ONE_DAY


def due_after(entitlement: Entitlement, opened_at: datetime) -> datetime:
    if days := working_days_given(entitlement):
        return moved_to(opened_at, days)
    return opened_at + time_given(entitlement)


def due_after_pause(entitlement: Entitlement, due_at: datetime, paused_at: datetime, goes_on_at: datetime) -> datetime:
    """Later by as much as it was the member's turn, in what the clock counts."""
    if not working_days_given(entitlement):
        return due_at + (goes_on_at - paused_at)
    return moved_to(due_at, working_days_between(paused_at, goes_on_at))


def moved_to(moment: datetime, days: int) -> datetime:
    """The same time of day so many working days later."""
    local = timezone.localtime(moment)
    return local + (add_working_days(local.date(), days) - local.date())


def working_days_between(begin: datetime, end: datetime) -> int:
    """How many began between the two."""
    first, last = timezone.localdate(begin), timezone.localdate(end)
    return sum(is_working_day(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))
