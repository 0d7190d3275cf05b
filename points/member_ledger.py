"""A member's ledger as staff read it: everything that stands in it, with what it rests on."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from members.queries import merged_accounts
from points.models import Account, Entry, Hold, Lot, PointAdjustment
from points.queries import Balance, balance_of

#: Entries on a page.
PAGE = 50
#: Lots that are shown, the first expiring first.
LOTS_SHOWN = 100


@dataclass(frozen=True)
class MemberLedger:
    """`more_lots`: beyond those that are shown, more have points left. `waiting`: what is to be given or taken when a
    second person agrees.
    """

    balance: Balance
    lots: list[Lot]
    more_lots: bool
    holds: list[Hold]
    waiting: list[PointAdjustment]


def member_ledger(member_id: int, at: datetime | None = None) -> MemberLedger:
    """How a member's points stand: seven queries at most where no account was merged into it."""
    lots = list(
        Lot.objects.left()
        .filter(account__member=member_id)
        .select_related("posting")
        .first_expiring_first()[: LOTS_SHOWN + 1]
    )
    holds = Hold.objects.filter(account__member=member_id, state=Hold.State.OPEN).order_by("expires_at", "pk")
    # Whatever was redeemed ends when it ends, not by the clock of its hold.
    holds = holds.select_related("redemption")
    # Those of accounts that were merged into this one as well: approved, they are booked here.
    waiting = PointAdjustment.objects.waiting().filter(member__in=merged_accounts(member_id))
    return MemberLedger(
        balance_of(member_id, at or timezone.now()),
        lots[:LOTS_SHOWN],
        len(lots) > LOTS_SHOWN,
        list(holds),
        list(waiting.select_related("proposed_by").defer("note").order_by("pk")),
    )


@dataclass(frozen=True)
class EntryPage:
    """Entries, the newest first; `older`: the entry after which the next page begins, None on the last one."""

    entries: list[Entry]
    older: int | None


def ledger_page(member_id: int, *, before: int | None = None, size: int = PAGE) -> EntryPage:
    """What was booked on the member's points and on what they owe, the newest first, before the entry `before`;
    nothing where that is not an entry of theirs.
    """
    found: list[Entry] = []
    earlier = Q()
    if before is not None:
        place = Entry.objects.filter(pk=before, account__member=member_id).values_list("posted_at", flat=True).first()
        if place is None:
            return EntryPage([], None)
        earlier = Q(posted_at__lt=place) | Q(posted_at=place, pk__lt=before)
    # Each account by its own index: PostgreSQL would sort all that both have.
    for account in Account.objects.filter(member=member_id):
        entries = Entry.objects.filter(earlier, account=account).latest_first()
        found += entries.select_related("account", "posting__seal", "posting__posted_by")[: size + 1]
    found.sort(key=lambda entry: (entry.posted_at, entry.pk), reverse=True)
    return EntryPage(found[:size], found[size - 1].pk if len(found) > size else None)
