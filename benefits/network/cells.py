"""From a cell's text to its value, as in members.book.cells: one function per form. Each raises BadCell."""

import re
from collections.abc import Callable
from datetime import time
from itertools import pairwise

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from members.book.faults import BadCell

WHOLE = re.compile(r"[0-9]{1,9}")
DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,10})?")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")

#: Opens and closes, in the order of the day.
Hours = list[tuple[time, time]]


def whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number between the two, both included."""

    def read(cell: str) -> int:
        if not WHOLE.fullmatch(cell) or not least <= int(cell) <= most:
            raise BadCell(format_lazy(_("not a whole number from {least} to {most}"), least=least, most=most))
        return int(cell)

    return read


def degrees(most: int) -> Callable[[str], float]:
    """Degrees north or east of zero, WGS 84."""

    def read(cell: str) -> float:
        if not DEGREES.fullmatch(cell) or abs(float(cell)) > most:
            raise BadCell(format_lazy(_("not degrees such as 31.2304, at most {most}"), most=most))
        return float(cell)

    return read


def clock(text: str) -> time:
    if not CLOCK.fullmatch(text):
        raise BadCell(_("not a time such as 09:00"))
    return time.fromisoformat(text)


def hours(cell: str) -> Hours:
    """`09:00-12:00|13:00-17:00`."""
    spans = []
    for entry in cell.split("|"):
        opens, dash, closes = (part.strip() for part in entry.partition("-"))
        if not dash:
            raise BadCell(_("not hours such as 09:00-12:00|13:00-17:00"))
        span = (clock(opens), clock(closes))
        if span[1] <= span[0]:
            raise BadCell(_("closes before it opens"))
        spans.append(span)
    spans.sort()
    if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
        raise BadCell(_("hours that overlap"))
    return spans


def hours_text(spans: Hours) -> str:
    """What `hours` reads."""
    return "|".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in spans)
