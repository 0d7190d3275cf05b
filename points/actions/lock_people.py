"""Locking those whose points are moved by hand or back, so that no merger and no closing comes between."""

from members.models import Member
from members.queries import kept_account


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
