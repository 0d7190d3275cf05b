"""When a message is due and when it may go: deadlines, working days, quiet hours (Asia/Shanghai)."""

from datetime import datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.conf import settings

from members.catalogue import duration
from members.working_days import add_working_days

SHANGHAI = ZoneInfo("Asia/Shanghai")


def quiet_until(moment: datetime) -> datetime | None:
    """The end of the quiet hours that `moment` falls into, or None outside them."""
    local = moment.astimezone(SHANGHAI)
    begins, ends = settings.QUIET_FROM, settings.QUIET_TO
    at_night = local.time() >= begins or local.time() < ends if begins > ends else begins <= local.time() < ends
    if not at_night:
        return None
    morning = datetime.combine(local.date(), ends, SHANGHAI)
    return morning if morning > local else morning + timedelta(days=1)


def quiet_from(moment: datetime) -> datetime:
    """The next beginning of quiet hours after `moment`, which lies outside them."""
    local = moment.astimezone(SHANGHAI)
    evening = datetime.combine(local.date(), settings.QUIET_FROM, SHANGHAI)
    return evening if evening > local else evening + timedelta(days=1)


def due_at(occurred_at: datetime, *, deadline: str, day_count: str, respects_quiet_hours: bool) -> datetime:
    """The moment by which a message must have gone (catalogue README: `deadline`, `day_count`).

    Working days end at midnight of the last one, quiet hours or not: the next morning is another day. Hours and
    minutes pause in quiet hours where the event respects them; calendar days are days, but a moment that falls into
    quiet hours moves to their end. Raises ValueError for what is not an ISO-8601 duration.
    """
    days, clock = parted(deadline)
    local = occurred_at.astimezone(SHANGHAI)
    if day_count == "working" and days.days:
        last_day = add_working_days(local.date(), days.days)
        local = datetime.combine(last_day + timedelta(days=1), time.min, SHANGHAI)
        if not clock:
            return local
    else:
        local += days
    if not respects_quiet_hours:
        return local + clock
    return awake(local, clock)


@cache
def parted(deadline: str) -> tuple[relativedelta | timedelta, timedelta]:
    """The days (months, years) of a duration, and what the clock counts. Raises ValueError."""
    span = duration(deadline).normalized()
    clock = timedelta(hours=span.hours, minutes=span.minutes, seconds=span.seconds)
    if span.years or span.months:
        return relativedelta(years=span.years, months=span.months, days=span.days), clock
    # The same, and added twenty times as fast.
    return timedelta(days=span.days), clock


def awake(moment: datetime, span: timedelta) -> datetime:
    """`moment` plus `span`, counting no quiet hours."""
    while True:
        moment = quiet_until(moment) or moment
        evening = quiet_from(moment)
        if moment + span <= evening:
            return moment + span
        span -= evening - moment
        moment = evening
