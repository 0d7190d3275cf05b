"""A realistic invented network of providers (docs/providers.md), for demonstrations, tests and measurements."""

from argparse import ArgumentParser
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from benefits.booking_window import SHANGHAI
from benefits.synthetic.network import write_network


class Command(BaseCommand):
    help = __doc__
    # Writes files only: no database is needed.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path, help="is made if need be; its files are replaced")
        parser.add_argument("--sites", type=int, default=2000, metavar="N", help="sites of all kinds (2000)")
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="another seed, another network (1)")
        parser.add_argument("--today", type=date.fromisoformat, metavar="YYYY-MM-DD", help="the network's day (today)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            written = write_network(
                folder=options["folder"],
                sites=options["sites"],
                seed=options["seed"],
                today=options["today"] or datetime.now(SHANGHAI).date(),
            )
        except (ValueError, OSError) as error:
            raise CommandError(str(error)) from error
        for name, count in written.items():
            self.stdout.write(f"{name} written={count}")
