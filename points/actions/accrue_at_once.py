"""An accrual that leaves nothing to decide, in one trip to the database: most of what is ever booked alone."""

from contextlib import nullcontext
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from points.refusals import UnusableDates
from points.requests import Accrual, Booked, Request


def accrue_at_once(request: Request, at: datetime) -> Booked | None:
    """None, and nothing is booked, where something has to be decided: what is no accrual or has unusable dates, who has
    no account yet, owes points or has no room for more, and what was booked before.

    Outside a transaction, the statement is one of its own: two fifths more postings in a second than with BEGIN, a
    look, a decision here, and COMMIT (docs/decisions/006-ledger-rate.md).
    """
    if type(request) is not Accrual:
        return None
    try:
        available_at, expires_at = request.dates(at)
        with transaction.atomic() if connection.in_atomic_block else nullcontext(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT points_accrue(%s::bigint, %s::bigint, %s, %s, %s, %s, %s, %s, %s, %s, %s::bigint)",
                [
                    *(request.member_id, request.points, request.scope, request.key, rf"\x{request.hash()}"),
                    *(request.reason, request.cause, request.occurred_at or at, available_at, expires_at),
                    request.posted_by_id,
                ],
            )
            found: tuple[int, int] | None = cursor.fetchone()[0]
    except UnusableDates:
        return None
    except IntegrityError as fault:
        # Booked by somebody else, for another member, while we waited.
        if "points_posting_once" not in str(fault):
            raise
        return None
    if found is None:
        return None
    posting_id, balance = found
    return Booked(posting_id, request.member_id, request.points, balance)
