"""manage.py load_rewards: the rewards of the catalogue."""

from typing import Any

from django.core.management.base import BaseCommand

from points.actions.load_rewards import load_rewards


class Command(BaseCommand):
    help = "Loads the rewards of the catalogue; keeps what staff have changed and says what differs."

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = load_rewards()
        for difference in loaded.differences:
            self.stdout.write(f"kept: {difference}")
        self.stdout.write(f"rewards created={loaded.created} updated={loaded.updated}, kept={len(loaded.differences)}")
