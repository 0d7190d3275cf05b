"""Rows into PostgreSQL by COPY: several times as fast as INSERT, and as safe (inside the caller's transaction)."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection

ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

Value = str | int | bytes | datetime | None


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """Appends `rows` to `table`; columns that are not named get their defaults. Raises django.db.IntegrityError."""
    text = io.StringIO("".join("\t".join(map(copy_text, row)) + "\n" for row in rows))
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN", text)


def copy_text(value: Value) -> str:
    if isinstance(value, str):
        return value.translate(ESCAPES)
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    return value.isoformat() if isinstance(value, datetime) else str(value)
