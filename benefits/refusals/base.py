"""What every refusal of a benefit is, and how its days are written."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format


class BenefitRefused(Exception):
    """Nothing was written: no quota and no place is taken. `code`: what a program reads; it stays."""

    code = "benefit_refused"


def day_words(day: date) -> str:
    return date_format(day, "DATE_FORMAT")


def clock_words(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")
