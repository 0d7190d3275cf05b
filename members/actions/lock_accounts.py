"""Locking accounts, in one order everywhere."""

from members.models import Member


def lock_accounts(*ids: int) -> dict[int, Member]:
    """The members by id, locked until the transaction ends; whoever locks two never waits crosswise for another."""
    return {member.pk: member for member in Member.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
