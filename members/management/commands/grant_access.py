from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from members.granting import grant_access


class Command(BaseCommand):
    help = (
        "Lets the role that the application connects as read and write, but not change or delete what is append-only. "
        "Asked by the role that migrates, which owns the tables, after every migration."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", help="of PostgreSQL, there already; neither an owner of tables nor a superuser")

    def handle(self, *args: Any, role: str, **options: Any) -> None:
        try:
            grant_access(role)
        except ValueError as error:
            raise CommandError(str(error)) from error
