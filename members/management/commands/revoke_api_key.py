from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from members.actions.revoke_api_key import revoke_api_key
from members.models import ApiKey


class Command(BaseCommand):
    help = "Revokes an API key, at once and for good."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prefix", help="the key's first 12 characters, as the staff page lists them")

    def handle(self, *args: Any, prefix: str, **options: Any) -> None:
        try:
            key = revoke_api_key(prefix=prefix)
        except ApiKey.DoesNotExist as error:
            raise CommandError("There is no key with this prefix.") from error
        self.stdout.write(f"{key} revoked {key.revoked_at:%Y-%m-%d %H:%M:%S %Z}")
