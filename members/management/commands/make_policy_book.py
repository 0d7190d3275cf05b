"""A realistic invented policy book with its policy events, for demonstrations, tests and measurements."""

from argparse import ArgumentParser
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from members.synthetic.book import write_book
from members.synthetic.people import SHANGHAI


class Command(BaseCommand):
    help = __doc__
    # Writes files only: no database is needed.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path, help="is made if need be; its files are replaced")
        parser.add_argument("--customers", type=int, default=300, metavar="N", help="customers of all kinds (300)")
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="another seed, another book (1)")
        parser.add_argument("--events", type=int, metavar="M", help="policy events, at least 152 (two a customer)")
        parser.add_argument("--today", type=date.fromisoformat, metavar="YYYY-MM-DD", help="the book's day (today)")

    def handle(self, *args: Any, **options: Any) -> None:
        customers: int = options["customers"]
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        console = Console(stderr=True)
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task("customers", total=customers)
            try:
                written = write_book(
                    folder=options["folder"],
                    customers=customers,
                    seed=options["seed"],
                    today=options["today"] or datetime.now(SHANGHAI).date(),
                    events=options["events"],
                    on_progress=lambda done: bar.update(task, completed=done),
                )
            except (ValueError, OSError) as error:
                raise CommandError(str(error)) from error
        for name, count in written.counts.items():
            self.stdout.write(f"{name} written={count}")
