"""manage.py replay_events CONSUMER --from TIME"""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from members.actions.replay_events import replay_events
from members.consumers import UnknownConsumer, consumer_names


def moment(text: str) -> datetime:
    """A date or a time; without an offset it is China's."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is neither a date nor a time") from error
    return found if timezone.is_aware(found) else timezone.make_aware(found)


class Command(BaseCommand):
    help = "Has a consumer read the log again, from what was accepted at a time on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("consumer")
        parser.add_argument("--from", dest="since", type=moment, required=True, help="2026-11-20 or 2026-11-20T08:00")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            again = replay_events(consumer=options["consumer"], since=options["since"])
        except UnknownConsumer as error:
            raise CommandError(f"no such consumer; there are: {', '.join(consumer_names())}") from error
        self.stdout.write(f"events to be read again: {again}")
