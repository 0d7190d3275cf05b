"""Thin tasks: ids in, one action call. Every one may run twice."""

from celery import shared_task

from benefits.actions.settle_month import settle_all
from benefits.actions.tell_overdue_cases import tell_overdue_cases as tell
from benefits.settlement_month import last_month

#: Of a month of every provider.
A_NIGHT_SECONDS = 6 * 3600


@shared_task
def tell_overdue_cases() -> None:
    """Every minute; nobody is told twice."""
    tell()


@shared_task(time_limit=A_NIGHT_SECONDS)
def settle_last_month() -> None:
    """From the third of a month on; what is written stays."""
    settle_all(month=last_month())
