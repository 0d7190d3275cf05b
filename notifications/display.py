"""How people read values: machine forms (docs/feeds.md) as they stand in a text, in the reader's language.

A short message has 70 characters, so its dates are `2026-03-27`; everywhere else they are written out. Money has
no unit here: the texts say 元 or CNY. A letter's table has no text around the figure, so `with_unit` adds it.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Literal
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
# Not by strftime: a server's locale is no reader's.
# fmt: off
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)
# fmt: on
LAST_DIGITS = re.compile(r"(\d{3,})\D*$")

Style = Literal["short", "long"]


class Points(int):
    """A number that reads as 12,345; an int that may be a year does not."""

    def __str__(self) -> str:
        return f"{int(self):,}"

    def __abs__(self) -> "Points":
        return Points(super().__abs__())


def display(
    values: Mapping[str, object],
    types: Mapping[str, str],
    language: str,
    *,
    style: Style = "long",
    longest: int | None = None,
) -> dict[str, str | int]:
    """Values by name as a reader of `language` (zh-hans, en) sees them; `types` as the event type declares them.

    An int stays a number, so that a text can ask `{% if days == 1 %}`, and so do points. `longest`: free text (str) is
    cut to that many characters. Never raises: what isn't in the machine form of its type is shown as it came.
    """
    english = language == "en"
    shown: dict[str, str | int] = {}
    for name, value in values.items():
        form = FORMS.get(types.get(name, "str"))
        if form is not None:
            try:
                shown[name] = form(str(value), english, style == "short") if value else ""
            except (ValueError, InvalidOperation):
                shown[name] = str(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            shown[name] = Points(value) if types.get(name) == "points" else value
        else:
            text = "" if value is None else str(value)
            shown[name] = text if longest is None or len(text) <= longest else text[: longest - 1] + "…"
    return shown


def with_unit(text: str, type_: str, language: str) -> str:
    """A displayed value as it stands alone, e.g. `6,800.00元`, `CNY 6,800.00`."""
    if type_ != "money" or not text:
        return text
    return f"CNY {text}" if language == "en" else f"{text}元"


def money(text: str, english: bool, short: bool) -> str:
    """`12345.67` is `12,345.67`; a fund's unit price keeps its four decimals."""
    return f"{Decimal(text):,f}"


def day(text: str, english: bool, short: bool) -> str:
    return written(date.fromisoformat(text), english, short)


def moment(text: str, english: bool, short: bool) -> str:
    """In Shanghai, to the minute. A short message leaves out the year, as such an event has just happened."""
    when = datetime.fromisoformat(text)
    if when.tzinfo is not None:
        when = when.astimezone(SHANGHAI)
    if short:
        return (
            f"{when.day} {MONTHS[when.month - 1][:3]} {when:%H:%M}"
            if english
            else f"{when.month}月{when.day}日{when:%H:%M}"
        )
    return written(when, english, short) + (f", {when:%H:%M}" if english else f"{when:%H:%M}")


def written(on: date, english: bool, short: bool) -> str:
    if short:
        return f"{on:%Y-%m-%d}"
    return f"{on.day} {MONTHS[on.month - 1]} {on.year}" if english else f"{on.year}年{on.month}月{on.day}日"


def card(text: str, english: bool, short: bool) -> str:
    """`6222****6688` is 尾号6688, "ending 6688"."""
    digits = LAST_DIGITS.search(text)
    if digits is None:
        return text
    return f"ending {digits[1][-4:]}" if english else f"尾号{digits[1][-4:]}"


FORMS: dict[str, Callable[[str, bool, bool], str]] = {
    "money": money,
    "date": day,
    "datetime": moment,
    "masked_card": card,
}
