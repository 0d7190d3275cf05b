"""Seeing that somebody waits, for tests in which two act at once."""

from django.db import connection


def waiting_for_locks() -> int:
    """How many sessions of the database wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # or the whole transaction sees the first answer
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])
