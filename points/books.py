"""What a batch works on: accounts as they stand under the lock, and what has been decided about them so far.

Nothing here asks the database or changes it: `points.actions.post_batch` fills the books and writes them down.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from points.models import Account, System
from points.refusals import InsufficientPoints, PointsTooMany, UnknownMember
from points.requests.lots import FreeLot
from points.requests.request import LARGEST, Request

POINTS, DEBT = Account.Kind.POINTS, Account.Kind.DEBT
#: So many points of the lot with this id.
Part = tuple[int, int]


@dataclass(slots=True)
class Standing:
    """An account under the lock; `balance` is what it comes to with everything decided so far."""

    account_id: int
    balance: int
    held: int


@dataclass(slots=True)
class Draft:
    """The rows to write, as the tables' columns; ids of postings are given beforehand."""

    postings: list[dict[str, Any]] = field(default_factory=list)
    captures: list[dict[str, Any]] = field(default_factory=list)
    lots: list[dict[str, Any]] = field(default_factory=list)
    uses: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)

    def tables(self) -> tuple[list[dict[str, Any]], ...]:
        """In the order that `points_record` takes them in."""
        return self.postings, self.captures, self.uses, self.lots, self.entries


class Books:
    def __init__(
        self,
        *,
        at: datetime,
        posting_ids: Sequence[int],
        accounts: Sequence[tuple[int, str, int, int, int]],
        lots: Sequence[tuple[int, int, int]],
    ) -> None:
        """`accounts`: (member, kind, id, balance, held); `lots`: (member, id, free), first expiring first."""
        self.at = at
        self.draft = Draft()
        self.ids: Iterator[int] = iter(posting_ids)
        self.standings = {(member, kind): Standing(pk, balance, held) for member, kind, pk, balance, held in accounts}
        self.lots: dict[int, list[FreeLot]] = defaultdict(list)
        for member, pk, free in lots:
            self.lots[member].append(FreeLot(pk, free))
        #: Points of lots that this batch has used, by lot.
        self.used: dict[int, int] = defaultdict(int)
        #: What kinds of requests have looked up for themselves, by kind.
        self.found: dict[type[Request], Any] = {}

    def standing(self, member_id: int) -> Standing:
        """Raises UnknownMember."""
        try:
            return self.standings[member_id, POINTS]
        except KeyError:
            raise UnknownMember from None

    def knows(self, member_id: int) -> bool:
        """Whether the member's accounts are locked for this batch."""
        return (member_id, POINTS) in self.standings

    def has_debt_account(self, member_id: int) -> bool:
        return (member_id, DEBT) in self.standings

    def open_debt(self, member_id: int, account_id: int) -> None:
        self.standings[member_id, DEBT] = Standing(account_id, 0, 0)

    def debt(self, member_id: int) -> int:
        """What the member owes, not negative."""
        owed = self.standings.get((member_id, DEBT))
        return -owed.balance if owed else 0

    def require_room(self, member_id: int, points: int) -> None:
        """Raises PointsTooMany where the balance would leave its column, UnknownMember."""
        if self.standing(member_id).balance + points > LARGEST:
            raise PointsTooMany

    def take(self, member_id: int, points: int) -> list[Part]:
        """Out of the usable lots, first expiring first. Raises UnknownMember, InsufficientPoints."""
        self.standing(member_id)
        parts, missing = self.take_of(self.lots[member_id], points)
        if missing:
            raise InsufficientPoints(available=points - missing, asked=points, owed=self.debt(member_id))
        return parts

    def take_of(self, lots: Iterable[FreeLot], points: int) -> tuple[list[Part], int]:
        """As much of `points` as these lots have left, in their order; and how much is missing then."""
        parts: list[Part] = []
        for lot in lots:
            if not points:
                break
            part = min(lot.free - self.used[lot.lot_id], points)
            if part:
                parts.append((lot.lot_id, part))
                points -= part
        return parts, points

    def post(self, request: Request) -> int:
        """Begins the posting of a request; returns its id."""
        posting_id = next(self.ids)
        self.draft.postings.append(
            {
                "id": posting_id,
                "scope": request.scope,
                "key": request.key,
                "request_hash": request.hash(),
                "kind": request.kind.value,
                "reason": request.reason,
                "cause": request.cause,
                "occurred_at": (request.occurred_at or self.at).isoformat(),
                "undoes_id": request.undoes_id,
                "posted_by_id": request.posted_by_id,
            }
        )
        return posting_id

    def add_lot(
        self,
        posting_id: int,
        member_id: int,
        points: int,
        available_at: datetime,
        expires_at: datetime,
        source_id: int | None = None,
    ) -> None:
        """A batch uses only what stood before it: the new lot is not usable in this one."""
        self.draft.lots.append(
            {
                "posting_id": posting_id,
                "account_id": self.standing(member_id).account_id,
                "source_id": source_id,
                "points": points,
                "available_at": available_at.isoformat(),
                "expires_at": expires_at.isoformat(),
            }
        )

    def capture(self, posting_id: int, hold_id: int, points: int) -> None:
        """Ends a hold: so much of it is used, and the rest of it free again when the batch is done."""
        self.draft.captures.append({"posting_id": posting_id, "hold_id": hold_id, "points": points})

    def use(self, posting_id: int, parts: Sequence[Part]) -> None:
        """Takes parts out of lots or, negative, puts them back."""
        for lot_id, points in parts:
            self.used[lot_id] += points
        self.use_held(posting_id, parts)

    def use_held(self, posting_id: int, parts: Sequence[Part]) -> None:
        """Takes what a hold has kept: of what is free in the lots, nothing is used."""
        for lot_id, points in parts:
            self.draft.uses.append({"posting_id": posting_id, "lot_id": lot_id, "points": points})

    def enter(self, posting_id: int, member_id: int, points: int) -> None:
        """On the member's account; no points, no entry."""
        if points:
            self.enter_on(posting_id, self.standing(member_id), points)

    def enter_debt(self, posting_id: int, member_id: int, points: int) -> None:
        """Settles, or, negative, makes debt; a member who can come to owe has an account for it by now."""
        if points:
            self.enter_on(posting_id, self.standings[member_id, DEBT], points)

    def enter_on(self, posting_id: int, standing: Standing, points: int) -> None:
        standing.balance += points
        self.draft.entries.append(
            {
                "posting_id": posting_id,
                "account_id": standing.account_id,
                "amount": points,
                "balance_after": standing.balance,
            }
        )

    def enter_system(self, posting_id: int, system: System, points: int) -> None:
        if points:
            self.draft.entries.append({"posting_id": posting_id, "system": system.value, "amount": points})
