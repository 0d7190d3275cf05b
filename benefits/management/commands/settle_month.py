"""`manage.py settle_month [--month YYYY-MM]`: what providers are paid for a month that is over."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from benefits.actions.settle_month import settle_all
from benefits.refusals.settlement import MonthNotOver
from benefits.settlement_month import last_month


def month(text: str) -> date:
    return date.fromisoformat(f"{text}-01")


class Command(BaseCommand):
    help = "Writes the settlements of a month that is over; what is written stays, so twice changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--month", metavar="YYYY-MM", type=month, help="such as 2026-11. The last one by default")

    def handle(self, *args: Any, month: date | None = None, **options: Any) -> None:
        wanted = month or last_month()
        try:
            settled = settle_all(month=wanted)
        except MonthNotOver as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"settled month={wanted:%Y-%m} providers={settled}")
