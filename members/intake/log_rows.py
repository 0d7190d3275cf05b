"""New rows of the policy-event log, and how they get there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, connection

from members.copying import copy_rows
from members.models import PolicyEvent

TABLE = PolicyEvent._meta.db_table
DATA = PolicyEvent._meta.get_field("data")


class KeyTaken(Exception):
    """Another transaction brought one of the keys between our look-up and our insert."""


class LogRow(NamedTuple):
    """The columns of the log, named as there; `accepted_at` is the database's own time."""

    id: int
    source: str
    event_id: str
    type: str
    subject: str
    subject_kind: str
    customer_no: str
    occurred_at: datetime
    data: bytes
    fingerprint: bytes
    state: str
    shard: int
    xid: int | None


def sealed(data: dict[str, Any]) -> bytes:
    return DATA.sealed(data) or b""


def next_positions(count: int) -> tuple[int, list[int]]:
    """This transaction's number, and `count` ids in ascending order: announcements need them before the insert."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_current_xact_id()::text::bigint, nextval(pg_get_serial_sequence(%s, 'id'))"
            " FROM generate_series(1, %s)",
            [TABLE, count],
        )
        found = cursor.fetchall()
    return found[0][0], sorted(pk for _, pk in found)


def insert(rows: Sequence[LogRow]) -> None:
    """All of them or, with KeyTaken, none: then the transaction must be rolled back."""
    # In the order of their keys: two transactions with the same events wait for each other one way only.
    in_key_order = sorted(rows, key=lambda row: (row.source, row.event_id))
    try:
        copy_rows(TABLE, LogRow._fields, in_key_order)
    except IntegrityError as error:
        if "policy_event_key" in str(error):
            raise KeyTaken from None
        raise
