"""What a statement of points says, in the reader's language, however it is written down."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from members.models import Language, Member
from members.phone import mask
from points.naming import points_name
from points.queries import statement
from portal.points_words import SORTS, Line, lines


@dataclass(frozen=True)
class Sheet:
    """From `since` to `until`, both days included. `owed`: at the end, beside `closing`. `sums`: (sort, points)."""

    language: Language
    insurer: str
    points_name: str
    holder: str
    mobile: str
    since: date
    until: date
    made_at: datetime
    opening: int
    lines: list[Line]
    closing: int
    owed: int
    sums: list[tuple[str, int]]


def sheet_of(member: Member, *, since: date, until: date, at_most: int) -> Sheet:
    """Raises TooManyMovements."""
    language = Language.current()
    found = statement(member.pk, since=midnight(since), until=midnight(until + timedelta(days=1)), at_most=at_most)
    return Sheet(
        language=language,
        insurer=settings.INSURER_NAME[language],
        points_name=points_name(),
        holder=member.name,
        mobile=mask(member.mobile),
        since=since,
        until=until,
        made_at=timezone.localtime(),
        opening=found.opening,
        lines=lines(found.movements),
        closing=found.closing,
        owed=found.owed,
        sums=[(str(SORTS[kind]), points) for kind, points in found.sums.items()],
    )


def midnight(day: date) -> datetime:
    """At which it begins in Shanghai."""
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001  # it is given one here


def file_name(sheet: Sheet, ending: str) -> str:
    return f"points-{sheet.since:%Y%m%d}-{sheet.until:%Y%m%d}.{ending}"
