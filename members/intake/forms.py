"""The form of each type of variable (docs/feeds.md): machine-readable, what people see is made when it is shown."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

from members.intake.faults import FaultCode

MONEY = re.compile(r"(?:0|[1-9][0-9]{0,15})\.[0-9]{2}")
UNIT_PRICE = re.compile(r"(?:0|[1-9][0-9]{0,13})\.[0-9]{4}")
PERCENT = re.compile(r"(?:0|[1-9][0-9]{0,5})(?:\.[0-9]{1,6})?%")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DATETIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})")
URL = re.compile(r"https://[^\s/?#]+[^\s]*")
# Spaces and hyphens group the digits of a card; they don't mask it.
SEVEN_DIGITS = re.compile(r"\d(?:[\s-]*\d){6}")
# Beyond it, other systems' JSON numbers lose digits (RFC 8259, section 6).
LARGEST_INT = 2**53


def fault_of(name: str, kind: str, value: object) -> FaultCode | None:
    """What is wrong with the variable `name` of the catalogue's type `kind`, or None."""
    if kind == "int":
        return None if type(value) is int and abs(value) < LARGEST_INT else FaultCode.NOT_INT
    form, fault = FORMS[kind]
    if not isinstance(value, str):
        return fault
    if not value or value.isspace():
        return FaultCode.EMPTY_VARIABLE
    if not storable(value):
        return FaultCode.FORBIDDEN_CHARACTER
    if name == "unit_price":
        form = is_unit_price
    return None if form(value) else fault


def storable(text: str) -> bool:
    """Whether PostgreSQL and UTF-8 can hold it: neither U+0000 nor a surrogate without its other half."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def instant(text: str) -> datetime | None:
    """The time that an ISO 8601 text with offset names, or None when there is none."""
    if not DATETIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def day(text: str) -> date | None:
    """The day that `YYYY-MM-DD` names, or None when there is none."""
    if not DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def is_text(value: str) -> bool:
    return True


def is_money(value: str) -> bool:
    return MONEY.fullmatch(value) is not None


def is_unit_price(value: str) -> bool:
    return UNIT_PRICE.fullmatch(value) is not None


def is_percent(value: str) -> bool:
    return PERCENT.fullmatch(value) is not None


def is_date(value: str) -> bool:
    return day(value) is not None


def is_datetime(value: str) -> bool:
    return instant(value) is not None


def is_masked(value: str) -> bool:
    return SEVEN_DIGITS.search(value) is None


def is_url(value: str) -> bool:
    return URL.fullmatch(value) is not None


FORMS: dict[str, tuple[Callable[[str], bool], FaultCode]] = {
    "str": (is_text, FaultCode.NOT_TEXT),
    "money": (is_money, FaultCode.NOT_MONEY),
    "percent": (is_percent, FaultCode.NOT_PERCENT),
    "date": (is_date, FaultCode.NOT_DATE),
    "datetime": (is_datetime, FaultCode.NOT_DATETIME),
    "masked_id": (is_masked, FaultCode.NOT_MASKED),
    "masked_card": (is_masked, FaultCode.NOT_MASKED),
    "url": (is_url, FaultCode.NOT_URL),
}
