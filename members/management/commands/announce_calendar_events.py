"""manage.py announce_calendar_events [--day DAY] [--since DAY]"""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from members.actions.announce_calendar_events import announce_calendar_events


class Command(BaseCommand):
    help = "Raises the policy events that the calendar finds in the policy book (docs/feeds.md); safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--day", type=date.fromisoformat, help="YYYY-MM-DD; today in China when left out")
        parser.add_argument(
            "--since", type=date.fromisoformat, help="make up for all days from this one on, however long ago"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = announce_calendar_events(day=options["day"] or timezone.localdate(), since=options["since"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        for code, count in sorted(run.accepted.items()):
            self.stdout.write(f"{code} {count}")
        if run.missed:
            self.stderr.write(
                f"{run.missed[0]} to {run.missed[-1]} are too long ago to be announced without your word: "
                f"--since {run.missed[0]}"
            )
        for fault, count in sorted(run.refused.items()):
            self.stderr.write(f"refused: {fault} {count}")
        self.stdout.write(f"first={run.first} day={run.day} accepted={run.accepted.total()}")
        if run.refused:
            raise SystemExit(1)
