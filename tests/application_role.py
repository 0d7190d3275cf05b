"""The role that the application connects as where it is run for real (`manage.py grant_access`)."""

import os
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection

ROLE = f"banyan_test_{os.getpid()}"


@pytest.fixture
def role(db) -> None:
    """It is there, and may nothing yet."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE}")


@pytest.fixture
def application(role) -> Iterator[None]:
    """The rest of the test has the application's rights."""
    call_command("grant_access", ROLE)
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
