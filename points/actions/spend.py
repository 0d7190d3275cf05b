"""Using points at once."""

from points.actions.post_batch import post_one
from points.models import System
from points.requests import Booked, Spending


def spend(
    *,
    member_id: int,
    points: int,
    scope: str,
    key: str,
    reason: str,
    cause: str = "",
    to: System = System.REDEMPTION,
) -> Booked:
    """Books points that a member used, those that expire first. Raises LedgerRefusal: InsufficientPoints…"""
    return post_one(
        Spending(member_id=member_id, points=points, scope=scope, key=key, reason=reason, cause=cause, to=to)
    )
