from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from members.actions.register_partner import FaultyRedirect, register_partner


class Command(BaseCommand):
    help = "Registers a partner at whose site members may sign in (OpenID Connect); prints its id and secret, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="as members know the partner")
        parser.add_argument("redirect_uri", nargs="+", help="where the partner takes members back, https://…")

    def handle(self, name: str, redirect_uri: list[str], **options: Any) -> None:
        try:
            client, secret = register_partner(name=name, redirect_uris=redirect_uri)
        except FaultyRedirect as error:
            raise CommandError(f"not an address that members may be led back to: {error}") from error
        self.stdout.write(f"client_id={client.pk}\nclient_secret={secret}")
