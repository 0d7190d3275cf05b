"""Looking for what falls due from one day to another and has not been raised yet, in bounded memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import CharField, Exists, Expression, F, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from members.catalogue import duration, event_specs
from members.models import PolicyEvent

SOURCE = "/banyan/calendar"
SHANGHAI = ZoneInfo("Asia/Shanghai")
PAGE = 500


@dataclass(frozen=True)
class Span:
    """The days, both included, whose announcements are looked for; the last one is the day of the run."""

    first: date
    today: date


def offset_of(code: str) -> timedelta:
    """From the anchor to the day of the announcement: the catalogue's, always whole days."""
    return timedelta(days=duration(event_specs()[code].schedule_offset).days)


def falling_due(rows: QuerySet[Any], code: str, *, anchor: Expression | F, key: str, span: Span) -> QuerySet[Any]:
    """The rows that `code` falls due for within `span` and has not been raised for, annotated with their `anchor`."""
    event_id = Concat(Value(f"{code}:"), F(key), Value(":"), Cast("anchor", CharField()))
    raised = PolicyEvent.objects.filter(source=SOURCE, event_id=OuterRef("calendar_id"))
    offset = offset_of(code)
    return (
        rows.annotate(anchor=anchor)
        .filter(anchor__range=(span.first - offset, span.today - offset))
        .annotate(calendar_id=event_id)
        .filter(~Exists(raised))
    )


def pages(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """By primary key: no cursor stays open (a pooler would lose it) while the page's events are written."""
    last = 0
    while page := list(rows.filter(pk__gt=last).order_by("pk")[:PAGE]):
        yield page
        last = page[-1].pk


def cloud_event(code: str, *, key: str, subject: str, anchor: date, data: dict[str, Any]) -> dict[str, Any]:
    """The event, dated the midnight of its day; the same finding always gets the same id."""
    happened = datetime.combine(anchor + offset_of(code), time.min, SHANGHAI)
    return {
        "specversion": "1.0",
        "id": f"{code}:{key}:{anchor}",
        "source": SOURCE,
        "type": code,
        "subject": subject,
        "time": happened.isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }
