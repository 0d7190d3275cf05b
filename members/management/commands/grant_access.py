from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from members.granting import grant_access


class Command(BaseCommand):
    help = (
        "Lets the role that the application connects as read and write, but not change or delete what is append-only. "
        "Asked by the role that migrates, which owns the database, after every migration and every restore."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", help="of PostgreSQL, there already; neither an owner of tables nor a superuser")

    def handle(self, *args: Any, role: str, **options: Any) -> None:
        try:
            grant_access(role)
        except (ValueError, DatabaseError) as error:
            raise CommandError(f"Nothing was changed: {error}") from error
