from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from members.actions.issue_api_key import ChosenKeyRefused, issue_api_key
from members.models import Scope


class Command(BaseCommand):
    help = "Issues a key to a system that speaks to the API and prints it: this once, only its hash is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="which system it is for")
        parser.add_argument("--scope", action="append", required=True, choices=Scope.values, dest="scopes")
        parser.add_argument(
            "--key", default="", help="a key that you choose; in the demo only, so that it can be documented"
        )

    def handle(self, *args: Any, name: str, scopes: list[str], key: str, **options: Any) -> None:
        try:
            issued = issue_api_key(name=name, scopes=[Scope(scope) for scope in scopes], chosen=key)
        except ChosenKeyRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(issued.key)
