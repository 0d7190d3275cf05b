"""`manage.py assess_tiers [--on DATE]`: the VIP tiers of all customers."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from benefits.actions.assess_shard import NoTierTerms
from benefits.actions.assess_tiers import DayToCome, assess_tiers
from benefits.models import AssessmentRun, TierPeriod
from benefits.tasks import ASSESSING
from members.alone import alone


class Command(BaseCommand):
    help = "Assesses the VIP tiers of all customers; goes on where it was stopped. Twice changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--on",
            metavar="DATE",
            type=date.fromisoformat,
            help="as of this day, 2026-12-01, and with effect from it; by policies as they are now. Today by default",
        )

    def handle(self, *args: Any, on: date | None = None, **options: Any) -> None:
        day = on or timezone.localdate()
        console = Console(stderr=True)
        with alone(ASSESSING) as free, Progress(console=console, disable=not console.is_terminal) as progress:
            if not free:
                raise CommandError("An assessment is running already.")
            bar = progress.add_task(f"customers as of {day}")

            def show(run: AssessmentRun) -> None:
                progress.update(bar, completed=run.cursor, total=run.last)

            try:
                run = assess_tiers(on=day, cause=TierPeriod.Cause.MONTHLY, on_progress=show)
            except DayToCome as error:
                raise CommandError(f"{day} is still to come.") from error
            except NoTierTerms as error:
                raise CommandError(f"No rules are in force on {day}; load_catalogue brings the first ones.") from error
        findings = " ".join(f"{outcome}={count}" for outcome, count in sorted(run.findings.items()))
        self.stdout.write(f"tiers as of {day}: policies={run.policies} {findings}".rstrip())
