"""What moves all the points of an account that nothing keeps: expiry, a new date, another account, the end of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from django.db.models import F

from points import terms
from points.models import Lot, Posting, System
from points.refusals import NothingToBook
from points.requests.lots import FreeLot, open_debts
from points.requests.request import LARGEST, Request

if TYPE_CHECKING:
    from points.books import Books

Part = tuple[int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lapse(Request):
    """What has expired and is not set aside. Refused with NothingToBook."""

    kind: ClassVar[Posting.Kind] = Posting.Kind.LAPSE

    @classmethod
    def look_up(cls, requests: Sequence[Self], books: Books) -> None:
        lots: dict[int, list[FreeLot]] = defaultdict(list)
        expired = Lot.objects.expired(at=books.at).filter(
            account__member__in=[request.member_id for request in requests]
        )
        for member, lot, points in expired.annotate(free=F("remaining") - F("held")).values_list(
            "account__member", "pk", "free"
        ):
            lots[member].append(FreeLot(lot, points))
        books.found[cls] = lots

    def plan(self, books: Books) -> None:
        parts, _ = books.take_of(books.found[Lapse][self.member_id], LARGEST)
        if not parts:
            raise NothingToBook
        points = sum(points for _, points in parts)
        posting = books.post(self)
        books.use(posting, parts)
        books.enter(posting, self.member_id, -points)
        books.enter_system(posting, System.EXPIRY, points)


@dataclass(frozen=True, kw_only=True, slots=True)
class Extension(Request):
    """`parts`, (lot, points), of lots that expired while they were set aside: good for 30 days more (terms.GRACE)."""

    kind: ClassVar[Posting.Kind] = Posting.Kind.EXTEND
    parts: tuple[Part, ...]

    def plan(self, books: Books) -> None:
        points = sum(points for _, points in self.parts)
        posting = books.post(self)
        books.use(posting, self.parts)
        for lot, part in self.parts:
            books.add_lot(posting, self.member_id, part, books.at, books.at + terms.GRACE, lot)
        books.enter(posting, self.member_id, -points)
        books.enter(posting, self.member_id, points)


@dataclass(frozen=True, kw_only=True, slots=True)
class Transfer(Request):
    """All that is free, and all that is owed, from a member whose account was merged into `to_member_id`'s.

    Lots keep their dates. Refused with NothingToBook.
    """

    kind: ClassVar[Posting.Kind] = Posting.Kind.TRANSFER
    to_member_id: int

    @property
    def members(self) -> tuple[int, ...]:
        return (self.member_id, self.to_member_id)

    @classmethod
    def look_up(cls, requests: Sequence[Self], books: Books) -> None:
        books.found[cls] = all_free([request.member_id for request in requests])
        open_debts([request.to_member_id for request in requests if books.debt(request.member_id)], books)

    def plan(self, books: Books) -> None:
        lots = books.found[Transfer][self.member_id]
        debt = books.debt(self.member_id)
        parts, _ = books.take_of((free for free, _ in lots), LARGEST)
        if not parts and not debt:
            raise NothingToBook
        points = sum(points for _, points in parts)
        books.require_room(self.to_member_id, points)
        posting = books.post(self)
        books.use(posting, parts)
        dates = {lot.pk: lot for _, lot in lots}
        for pk, part in parts:
            books.add_lot(posting, self.to_member_id, part, dates[pk].available_at, dates[pk].expires_at, pk)
        books.enter(posting, self.member_id, -points)
        books.enter(posting, self.to_member_id, points)
        books.enter_debt(posting, self.member_id, debt)
        books.enter_debt(posting, self.to_member_id, -debt)


@dataclass(frozen=True, kw_only=True, slots=True)
class Forfeit(Request):
    """All that is free, and what is owed with it, of an account that was closed. Refused with NothingToBook."""

    kind: ClassVar[Posting.Kind] = Posting.Kind.FORFEIT

    @classmethod
    def look_up(cls, requests: Sequence[Self], books: Books) -> None:
        books.found[cls] = all_free([request.member_id for request in requests])

    def plan(self, books: Books) -> None:
        parts, _ = books.take_of((free for free, _ in books.found[Forfeit][self.member_id]), LARGEST)
        debt = books.debt(self.member_id)
        if not parts and not debt:
            raise NothingToBook
        points = sum(points for _, points in parts)
        posting = books.post(self)
        books.use(posting, parts)
        books.enter(posting, self.member_id, -points)
        books.enter_debt(posting, self.member_id, debt)
        books.enter_system(posting, System.FORFEITURE, points - debt)


def all_free(members: Sequence[int]) -> dict[int, list[tuple[FreeLot, Lot]]]:
    """By member, whatever its dates are."""
    lots: dict[int, list[tuple[FreeLot, Lot]]] = defaultdict(list)
    for lot in Lot.objects.free().filter(account__member__in=members).select_related("account"):
        lots[lot.account.member_id].append((FreeLot(lot.pk, lot.remaining - lot.held), lot))
    return lots
