"""`manage.py audit_benefits`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from benefits.actions.audit_benefits import audit_benefits
from benefits.auditing import BenefitsDiffer


class Command(BaseCommand):
    help = "Compares slots and entitlements with their bookings and cases. Reads everything."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            audit_benefits()
        except BenefitsDiffer as error:
            raise CommandError(f"These differ, by row, in what is written and what was reckoned:\n{error}") from error
        self.stdout.write("Slots and entitlements agree with their bookings and cases.")
