"""The daily job: what the calendar finds becomes policy events like those of the core (docs/feeds.md)."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

import structlog
from django.db.models import Max, Min

from members.actions.accept_events import EventStatus, accept_events
from members.calendar import Span, calendar_events
from members.models import CalendarDay

log = structlog.get_logger(__name__)

#: docs/feeds.md: nothing older is announced late without a person's word.
LATEST = timedelta(days=7)


@dataclass(frozen=True)
class CalendarRun:
    """`first` to `day`: the days whose announcements were looked for. `accepted`: events by type; `refused`: those that
    the log would not take, by error code. `missed`: days before `first` that nobody has looked at."""

    first: date
    day: date
    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    missed: tuple[date, ...] = ()


def announce_calendar_events(*, day: date, since: date | None = None) -> CalendarRun:
    """Raises what falls due on `day`, and what fell due in the seven days before and has not been raised: days on which
    the job did not run, and what the book told late.

    The first run of an installation makes up for nothing. `since` is a person's word to make up from that day on,
    however old. Running it again changes nothing; killed in the middle, the next run raises the rest.
    Raises ValueError when `since` lies after `day`.
    """
    if since and since > day:
        raise ValueError("since lies after the day of the run")
    known = CalendarDay.objects.filter(day__lte=day).aggregate(first=Min("day"), last=Max("day"))
    first = since or max(known["first"] or day, day - LATEST)
    run = CalendarRun(first, day, missed=days_between(known["last"], first))
    for batch in calendar_events(Span(first, day)):
        for event, result in zip(batch, accept_events(raw=batch), strict=True):
            if result.status is EventStatus.ACCEPTED:
                run.accepted[event["type"]] += 1
            elif result.fault:
                run.refused[f"{event['type']} {result.fault.code} {result.fault.pointer}"] += 1
    CalendarDay.objects.bulk_create(
        [CalendarDay(day=first + timedelta(days=n)) for n in range((day - first).days + 1)], ignore_conflicts=True
    )
    report(run)
    return run


def days_between(last: date | None, first: date) -> tuple[date, ...]:
    """The days after `last` and before `first`."""
    if last is None:
        return ()
    return tuple(last + timedelta(days=n) for n in range(1, (first - last).days))


def report(run: CalendarRun) -> None:
    log.info("calendar_run", first=str(run.first), day=str(run.day), accepted=run.accepted.total())
    if run.missed:
        log.warning("calendar_days_missed", first=str(run.missed[0]), last=str(run.missed[-1]))
    if run.refused:
        log.error("calendar_events_refused", refused=dict(run.refused))
