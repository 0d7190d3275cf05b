"""An account was closed: what is left of its points goes back to the insurer."""

from django.db import transaction

from points.actions.merge_points import book_what_there_is
from points.requests import Forfeit, Lapse

SCOPE, REASON = "closure", "account.closed"


@transaction.atomic
def forfeit_points(*, member_id: int) -> None:
    """All that is free, and what is owed with it; what had expired before is booked as expired."""
    key = str(member_id)
    book_what_there_is(
        Lapse(member_id=member_id, scope=SCOPE, key=f"{key}:lapse", reason="points.expired"),
        Forfeit(member_id=member_id, scope=SCOPE, key=key, reason=REASON),
    )
