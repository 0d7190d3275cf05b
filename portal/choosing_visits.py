"""A visit that a member has chosen and not confirmed yet, and the days among which they choose.

The key of a choice goes along with its confirmation: pressed twice, it is one booking.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import MAXYEAR, date, datetime, timedelta
from uuid import uuid4

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import pgettext_lazy

from benefits.booking_window import earliest_start
from benefits.models import Service
from benefits.queries.offers import closed_to_all
from benefits.refusals import BenefitRefused, ClosedDay, NoContract, NotOffered, TooFarAhead, TooSoon
from portal import chosen
from portal.numbers import number_from

IN_SESSION = "booking"
#: Shown to be tapped; any other is typed.
DAYS = 14
#: What stands below a day on which a place can't be booked, however many cancel.
CLOSED: dict[type[BenefitRefused], object] = {
    ClosedDay: pgettext_lazy("day", "closed"),
    TooSoon: pgettext_lazy("day", "too soon"),
    TooFarAhead: pgettext_lazy("day", "not yet"),
    NotOffered: pgettext_lazy("day", "not offered"),
    NoContract: pgettext_lazy("day", "not offered"),
}
FULL = pgettext_lazy("day", "full")
#: Of many places at once: some may be closed, some full.
NONE_FREE = pgettext_lazy("day", "none free")


@dataclass(frozen=True)
class VisitChoice:
    """`place_id`: of a service at a site; `starts_at`: ISO 8601 with its offset; `guest_id`: None for oneself."""

    place_id: int
    starts_at: str
    guest_id: int | None
    key: str

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.starts_at)


@dataclass(frozen=True)
class Day:
    """`free`: how many times of the day have room, None where there are some that nobody has counted. `why_none`: in a
    word, where there are none."""

    day: date
    chosen: bool
    free: int | None
    why_none: str


def keep(request: HttpRequest, code: str, *, place_id: int, starts_at: datetime, guest_id: int | None) -> None:
    choice = VisitChoice(place_id, starts_at.isoformat(), guest_id, uuid4().hex)
    chosen.keep(request, IN_SESSION, code, asdict(choice))


def kept(request: HttpRequest, code: str) -> VisitChoice | None:
    """None where nothing of this service was chosen in this session."""
    found = chosen.kept(request, IN_SESSION, code)
    return VisitChoice(**found) if found else None


def moment_from(text: str) -> datetime | None:
    """Of a form's button: None for what is no moment with its offset."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    # Further off Python's calendar ends, in one time zone or another.
    return found if found and found.tzinfo and 1 < found.year < MAXYEAR else None


def guest_from(text: str) -> int | None:
    """Of a form: empty is oneself; what is no number is nobody's."""
    return number_from(text) if text else None


def day_from(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def first_day(service: Service) -> date:
    """The first that can be booked now."""
    return timezone.localdate(earliest_start(service.lead_time, timezone.now()))


def days_to_tap(service: Service, day: date, counted: Mapping[date, int | None], place_id: int | None) -> list[Day]:
    """`counted`: the free times of each day that has any, at the place, or at several (None)."""
    first = first_day(service)
    shown = [first + timedelta(days=number) for number in range(DAYS)]
    return [
        Day(each, each == day, counted.get(each, 0), "" if each in counted else why_none(place_id, each))
        for each in shown
    ]


def why_none(place_id: int | None, day: date) -> str:
    if place_id is None:
        return str(NONE_FREE)
    refusal = closed_to_all(place_id, day)
    return str(CLOSED[type(refusal)] if refusal else FULL)
