"""Locking those whose points are moved, and their points, so that nothing comes between."""

from collections.abc import Iterable

from django.db import transaction

from members.models import Member
from members.queries import kept_account
from points.models import Account


def lock_people(*ids: int) -> None:
    """Whoever books alone for this member, or as this colleague, waits until it is known what that came to.

    Not for the key: who opens the member's first account at this moment refers to it, and we wait for them next.
    """
    list(Member.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))


def lock_kept_account(member_id: int) -> int:
    """Where the account is by now; it is neither merged nor closed until the transaction ends."""
    locked = None
    while locked != (found := kept_account(member_id)):
        lock_people(found)
        locked = found
    return found


def lock_points(members: Iterable[int]) -> None:
    """Their points accounts, as far as they have one, in one statement and in its order, as whoever books locks them.

    For what books more than once in a transaction: one after the other, two would wait crosswise.
    """
    rows = Account.objects.select_for_update(no_key=True).filter(member__in=set(members), kind=Account.Kind.POINTS)
    list(rows.order_by("pk").values_list("pk"))


def lock_points_kept(member_id: int) -> None:
    """The member's points, and those of the account that it was merged into, wherever that is by now."""
    is_told = False
    while not is_told:
        kept = kept_account(member_id)
        with transaction.atomic():
            lock_points({member_id, kept})
            is_told = kept_account(member_id) == kept
            # Merged while we waited: let go, and lock both in one order.
            transaction.set_rollback(not is_told)
