"""Rows into PostgreSQL by COPY: several times as fast as INSERT, and as safe (inside the caller's transaction)."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, models

from members.rows import read_by, stored_fields

ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
IN_ARRAY = str.maketrans({"\\": "\\\\", '"': '\\"'})

Value = str | int | bytes | datetime | list[str] | None


def copy_objects(objects: Sequence[models.Model]) -> None:
    """Appends objects of one model; primary keys stay unset, a field with a database default must be set.

    One that conflicts with a stored row refuses them all. Raises django.db.IntegrityError.
    """
    if not objects:
        return
    fields = stored_fields(objects[0])
    readers = [read_by(field) for field in fields]
    copy_rows(
        objects[0]._meta.db_table,
        [str(field.column) for field in fields],
        ([read(instance) for read in readers] for instance in objects),
    )


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
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return ("{" + ",".join(f'"{part.translate(IN_ARRAY)}"' for part in value) + "}").translate(ESCAPES)
    return str(value)
