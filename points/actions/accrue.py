"""Earning points."""

from datetime import datetime

from points.actions.post_batch import post_one
from points.requests import Accrual, Booked


def accrue(
    *,
    member_id: int,
    points: int,
    scope: str,
    key: str,
    reason: str,
    cause: str = "",
    occurred_at: datetime | None = None,
    available_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> Booked:
    """Books points that a member earned; see Accrual. Raises LedgerRefusal."""
    return post_one(
        Accrual(
            member_id=member_id,
            points=points,
            scope=scope,
            key=key,
            reason=reason,
            cause=cause,
            occurred_at=occurred_at,
            available_at=available_at,
            expires_at=expires_at,
        )
    )
