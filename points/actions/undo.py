"""Giving back what was redeemed, and taking back what was earned."""

from django.db import transaction

from points.actions.lock_people import lock_kept_account
from points.actions.post_batch import post_one
from points.models import Entry, Posting
from points.refusals import UnknownPosting
from points.requests import Booked, Refund, Reversal


@transaction.atomic
def refund(
    *,
    posting_id: int,
    points: int | None = None,
    scope: str,
    key: str,
    reason: str,
    cause: str = "",
    posted_by_id: int | None = None,
) -> Booked:
    """Gives `points` of a redemption back, None for all that is left of it; see Refund. Raises LedgerRefusal."""
    return post_one(
        Refund(
            member_id=whose(posting_id, scope, key),
            posting_id=posting_id,
            points=points,
            scope=scope,
            key=key,
            reason=reason,
            cause=cause,
            posted_by_id=posted_by_id,
        )
    )


@transaction.atomic
def reverse(
    *, posting_id: int, scope: str, key: str, reason: str, cause: str = "", posted_by_id: int | None = None
) -> Booked:
    """Takes an accrual back, once; what is not there any more is owed; see Reversal. Raises LedgerRefusal."""
    return post_one(
        Reversal(
            member_id=whose(posting_id, scope, key),
            posting_id=posting_id,
            scope=scope,
            key=key,
            reason=reason,
            cause=cause,
            posted_by_id=posted_by_id,
        )
    )


def whose(posting_id: int, scope: str, key: str) -> int:
    """Who has by now the points of whom it was booked for, locked; of a key that was booked before, whose it was then.

    Raises UnknownPosting.
    """
    kept = lock_kept_account(member_of(posting_id))
    before = Posting.objects.filter(scope=scope, key=key).values_list("pk", flat=True).first()
    return kept if before is None else member_of(before)


def member_of(posting_id: int) -> int:
    """Whom it was booked for. Raises UnknownPosting."""
    entries = Entry.objects.filter(posting=posting_id, account__isnull=False).order_by("pk")
    member_id = entries.values_list("account__member", flat=True).first()
    if member_id is None:
        raise UnknownPosting
    return member_id
