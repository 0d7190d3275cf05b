"""Seeing that somebody waits, and letting nobody wait, for tests in which two act at once."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import Model, QuerySet


def waiting_for_locks() -> int:
    """How many sessions of the database wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # or the whole transaction sees the first answer
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def without_row_locks(monkeypatch: pytest.MonkeyPatch, *models: type[Model]) -> None:
    """For a control: rows of these models are read as they are, instead of being locked first."""
    lock = QuerySet.select_for_update

    def read(rows: QuerySet[Any], *args: Any, **options: Any) -> QuerySet[Any]:
        return rows.all() if rows.model in models else lock(rows, *args, **options)

    monkeypatch.setattr(QuerySet, "select_for_update", read)
