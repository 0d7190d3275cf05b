"""What requests look up when the spendable lots, first expiring first, are not all they need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Case, F, Value, When

from points.models import Account, Lot

if TYPE_CHECKING:
    from points.books import Books


@dataclass(frozen=True, slots=True)
class FreeLot:
    """A lot, and how much of it was neither used nor set aside when the batch began."""

    lot_id: int
    free: int


def free_lots(members: Collection[int], books: Books) -> dict[int, list[FreeLot]]:
    """What is neither used, set aside nor expired, by member: first what can be used now, then what can be later."""
    pending = Case(When(available_at__gt=books.at, then=Value(1)), default=Value(0))
    found = (
        Lot.objects.free()
        .filter(account__member__in=members, expires_at__gt=books.at)
        .annotate(free=F("remaining") - F("held"), owner=F("account__member"))
        .order_by(pending, "expires_at", "pk")
        .values_list("owner", "pk", "free")
    )
    lots: dict[int, list[FreeLot]] = defaultdict(list)
    for member_id, pk, free in found:
        lots[member_id].append(FreeLot(pk, free))
    return lots


def open_debts(members: Collection[int], books: Books) -> None:
    """An account for what each of these members may come to owe; their points accounts are locked, so nobody else
    opens one meanwhile.
    """
    missing = [member for member in sorted(members) if not books.has_debt_account(member) and books.knows(member)]
    for account in Account.objects.bulk_create(Account(member_id=member, kind=Account.Kind.DEBT) for member in missing):
        books.open_debt(account.member_id, account.pk)
