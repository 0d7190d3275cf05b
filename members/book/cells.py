"""From a cell's text to its value: one function per form of docs/feeds.md. Each raises BadCell."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import TextChoices
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from stdnum import luhn

from members.book.faults import BadCell, Flaw
from members.phone import NotAMobileNumber, e164

KEY_LENGTH = 20

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)")
MONEY = re.compile(r"[0-9]{1,16}(\.[0-9]{1,2})?")
YEARS = re.compile(r"[0-9]{1,2}")
SHARE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,2})?)%?")
CHINESE_MOBILE = re.compile(r"(?:\+86)?(1[3-9][0-9]{9})")
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
BANK_CARD = re.compile(r"[0-9]{16,19}")


def text(cell: str) -> str:
    return cell


def key(cell: str) -> str:
    """The number of a row here or elsewhere."""
    if len(cell) > KEY_LENGTH:
        raise BadCell(Flaw.TOO_LONG, limit=KEY_LENGTH)
    return cell


@lru_cache(maxsize=10_000)
def day(cell: str) -> date:
    if DATE.fullmatch(cell):
        try:
            return date.fromisoformat(cell)
        except ValueError:
            pass
    raise BadCell(Flaw.NO_DATE)


@lru_cache(maxsize=10_000)
def moment(cell: str) -> datetime:
    """In UTC."""
    if TIME.fullmatch(cell):
        try:
            return datetime.fromisoformat(cell).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise BadCell(_("not a time with offset such as 2026-03-31T09:30:00+08:00"))


def money(cell: str) -> Decimal:
    """CNY."""
    if not MONEY.fullmatch(cell):
        raise BadCell(_("not an amount such as 1200.50, without sign or separators"))
    return Decimal(cell)


def years(cell: str) -> int:
    if not YEARS.fullmatch(cell) or int(cell) == 0:
        raise BadCell(_("not a number of years from 1 to 99"))
    return int(cell)


def boolean(cell: str) -> bool:
    if cell not in ("true", "false"):
        raise BadCell(_("neither true nor false"))
    return cell == "true"


class OneOf:
    """A value of `choices`."""

    def __init__(self, choices: type[TextChoices]) -> None:
        self.choices = choices
        self.allowed = frozenset(choices.values)
        self.message = format_lazy(_("not one of: {choices}"), choices=", ".join(choices.values))

    def __call__(self, cell: str) -> str:
        if cell not in self.allowed:
            raise BadCell(self.message)
        return cell


def email(cell: str) -> str:
    try:
        validate_email(cell)
    except ValidationError:
        raise BadCell(_("not an e-mail address")) from None
    return cell


def mobile(cell: str) -> str:
    """E.164."""
    number = cell.replace(" ", "").replace("-", "")
    if chinese := CHINESE_MOBILE.fullmatch(number):
        return f"+86{chinese[1]}"
    try:
        if E164.fullmatch(number) and not number.startswith("+861"):
            return e164(number)
    except NotAMobileNumber:
        pass
    raise BadCell(_("neither an international number with + nor a Chinese mobile number"))


def bank_card(cell: str) -> str:
    """A card number with a right check digit (Luhn, ISO/IEC 7812-1)."""
    if not BANK_CARD.fullmatch(cell):
        raise BadCell(_("not 16 to 19 digits"))
    if not luhn.is_valid(cell):
        raise BadCell(_("the check digit is wrong"))
    return cell


def parts(read: Callable[[str], Any]) -> Callable[[str], list[Any]]:
    """A list of `customer_no:something`, as (customer_no, what `read` makes of something). Entries count from 1."""

    def read_all(cell: str) -> list[Any]:
        values = []
        for number, entry in enumerate(cell.split("|"), start=1):
            customer_no, colon, something = (part.strip() for part in entry.partition(":"))
            try:
                if not customer_no or not colon or not something:
                    raise BadCell(_("not of the form number:value"))
                values.append((key(customer_no), read(something)))
            except BadCell as fault:
                raise BadCell(format_lazy(_("entry {number}: {fault}"), number=number, fault=fault.args[0])) from None
        return values

    return read_all


def share(cell: str) -> Decimal:
    """Percent."""
    if not (match := SHARE.fullmatch(cell)):
        raise BadCell(_("not a share such as 33.34 or 50%"))
    return Decimal(match[1])
