"""Taking back what was earned, because what it rested on was withdrawn or wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self

from django.db.models import F

from points.models import Entry, Lot, LotUse, Posting, System
from points.refusals import AlreadyReversed, NothingToBook, NotReversible, UnknownPosting
from points.requests.lots import FreeLot, free_lots, open_debts
from points.requests.request import Request

if TYPE_CHECKING:
    from points.books import Books

#: What takes points from a member who has had nothing for them.
LOST = (Posting.Kind.LAPSE, Posting.Kind.FORFEIT)


@dataclass(slots=True)
class Earned:
    """An accrual: what the insurer gave, what its lots have left, and what of them the member lost without using it."""

    kind: str
    source: System
    points: int
    reversed: bool
    lots: list[FreeLot] = field(default_factory=list)
    lost: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Reversal(Request):
    """An accrual, once: out of its own lots, then out of whatever the member has free; the rest is owed.

    What the member lost, by expiry or with the account, was of no use to anybody and is not taken again. Refused with
    UnknownPosting, NotReversible, AlreadyReversed, NothingToBook.
    """

    kind: ClassVar[Posting.Kind] = Posting.Kind.REVERSE
    posting_id: int

    @property
    def undoes_id(self) -> int:
        return self.posting_id

    @classmethod
    def look_up(cls, requests: Sequence[Self], books: Books) -> None:
        ids = {request.posting_id for request in requests}
        members = {request.member_id for request in requests}
        gone = set(Posting.objects.filter(undoes__in=ids, kind=Posting.Kind.REVERSE).values_list("undoes", flat=True))
        earned = {
            entry.posting_id: Earned(
                entry.posting.kind, System(entry.system or 0), -entry.amount, entry.posting_id in gone
            )
            for entry in Entry.objects.filter(posting__in=ids, system__isnull=False).select_related("posting")
        }
        read_lots(earned, {request.posting_id: request.member_id for request in requests})
        open_debts(members, books)
        books.found[cls] = earned, free_lots(members, books)

    def plan(self, books: Books) -> None:
        found, free = books.found[Reversal]
        earned: Earned | None = found.get(self.posting_id)
        if earned is None:
            raise UnknownPosting
        if earned.kind not in (Posting.Kind.ACCRUE, Posting.Kind.ADJUST) or earned.points <= 0:
            raise NotReversible
        if earned.reversed:
            raise AlreadyReversed
        due = earned.points - earned.lost
        if not due:
            raise NothingToBook
        own = {lot.lot_id for lot in earned.lots}
        others = (lot for lot in free[self.member_id] if lot.lot_id not in own)
        parts, missing = books.take_of([*earned.lots, *others], due)
        earned.reversed = True
        posting = books.post(self)
        books.use(posting, parts)
        books.enter(posting, self.member_id, missing - due)
        books.enter_debt(posting, self.member_id, -missing)
        books.enter_system(posting, earned.source, due)


def read_lots(earned: dict[int, Earned], owners: dict[int, int]) -> None:
    """The lots of accruals and their successors, which came with a new date or, in `owners`, another account."""
    fields = ("pk", "remaining", "held", "account__member")
    origin: dict[int, int] = {}
    found = list(Lot.objects.filter(posting__in=earned).annotate(of=F("posting")).values_list("of", *fields))
    while found:
        generation = {}
        for of, pk, remaining, held, member in found:
            generation[pk] = of
            if remaining > held and member == owners[of]:
                earned[of].lots.append(FreeLot(pk, remaining - held))
        origin |= generation
        successors = Lot.objects.filter(source__in=generation).values_list("source", *fields)
        found = [(generation[source], *rest) for source, *rest in successors]
    lost = LotUse.objects.filter(lot__in=origin, posting__kind__in=LOST)
    for lot, points in lost.values_list("lot", "points"):
        earned[origin[lot]].lost += points
