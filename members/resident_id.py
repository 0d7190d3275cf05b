"""Resident identity numbers of the mainland (GB 11643-1999) and residence permits, which have the same form."""

import re
from dataclasses import dataclass
from datetime import date

from stdnum.cn.ric import calc_check_digit

FORM = re.compile(r"[0-9]{17}[0-9X]")


class NotAResidentId(ValueError):
    """`reason` is one of: form, date, future, check_digit."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class ResidentId:
    number: str
    birth_date: date
    gender: str


def parse_resident_id(text: str, *, today: date) -> ResidentId:
    """Reads a number; a small x is taken as X. Raises NotAResidentId.

    The region is not checked: regions were dissolved, and permits for Hong Kong, Macao and Taiwan (81, 82, 83) are in
    no list of them. So python-stdnum gives the check digit only; its `validate` refuses real numbers.
    """
    number = text.replace("x", "X")
    if not FORM.fullmatch(number):
        raise NotAResidentId("form")
    try:
        birth_date = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise NotAResidentId("date") from None
    if birth_date > today:
        raise NotAResidentId("future")
    if number[-1] != calc_check_digit(number):
        raise NotAResidentId("check_digit")
    return ResidentId(number, birth_date, "male" if int(number[16]) % 2 else "female")
