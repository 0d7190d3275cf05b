"""Two accounts of one person became one: so do their points."""

from django.db import transaction

from points.actions.post_batch import post_one
from points.refusals import NothingToBook
from points.requests import Request, Settlement, Transfer

SCOPE, REASON = "merge", "account.merged"


@transaction.atomic
def merge_points(*, kept_id: int, closed_id: int) -> None:
    """Moves what is free and what is owed, lots with their dates, and pays with the one for the other.

    What is set aside stays where it is, and follows when its hold ends (points.actions.end_hold).
    """
    key = f"{closed_id}:{kept_id}"
    book_what_there_is(
        Transfer(member_id=closed_id, to_member_id=kept_id, scope=SCOPE, key=key, reason=REASON),
        # A batch uses only what stood before it: what came over pays in the next one.
        Settlement(member_id=kept_id, scope=SCOPE, key=f"{key}:settle", reason=REASON),
    )


def book_what_there_is(*requests: Request) -> None:
    for request in requests:
        try:
            post_one(request)
        except NothingToBook:
            continue
