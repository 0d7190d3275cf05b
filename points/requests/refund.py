"""Giving back what was redeemed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from django.db.models import Q

from points import terms
from points.models import Entry, Lot, LotUse, Posting, System
from points.refusals import MoreThanWasTaken, NotRefundable, UnknownPosting
from points.requests.request import Request, require_points

if TYPE_CHECKING:
    from points.books import Books


@dataclass(slots=True)
class Taken:
    """A redemption: where it went, how much of it is not given back yet, and of which lots, in the order of use."""

    kind: str
    to: System
    points: int
    left: list[tuple[Lot, int]]

    def drop_settled(self) -> None:
        """What paid a debt went into no lot: those that expire first go without."""
        settled = sum(points for _, points in self.left) - self.points
        while settled:
            lot, points = self.left.pop(0)
            if points > settled:
                self.left.insert(0, (lot, points - settled))
            settled -= min(points, settled)


@dataclass(frozen=True, kw_only=True, slots=True)
class Refund(Request):
    """`points` of a redemption, None for all that is left of it, back into the lots they came from with their dates,
    those that last longest first. What the member owes is settled before.

    A lot that has expired meanwhile, or lies in an account that was merged away, gets a successor: with 30 days
    (terms.GRACE), or its own dates. Refused with UnknownPosting, NotRefundable, MoreThanWasTaken. Raises
    PointsNotWhole, PointsNotPositive, PointsTooMany.
    """

    kind: ClassVar[Posting.Kind] = Posting.Kind.REFUND
    posting_id: int
    points: int | None = None

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        if self.points is not None:
            require_points(self.points)

    @property
    def undoes_id(self) -> int:
        return self.posting_id

    @classmethod
    def look_up(cls, requests: Sequence[Self], books: Books) -> None:
        ids = {request.posting_id for request in requests}
        back: dict[tuple[int | None, int | None], int] = defaultdict(int)
        of_refunds = Q(posting__undoes__in=ids, posting__kind=Posting.Kind.REFUND)
        for used in LotUse.objects.filter(of_refunds).select_related("posting"):
            back[used.posting.undoes_id, used.lot_id] -= used.points
        # Of a lot that has a successor, the refund says so in the successor.
        for lot in Lot.objects.filter(of_refunds).select_related("posting"):
            back[lot.posting.undoes_id, lot.source_id] += lot.points
        taken: dict[int | None, Taken] = {
            entry.posting_id: Taken(entry.posting.kind, System(entry.system or 0), entry.amount, [])
            for entry in Entry.objects.filter(posting__in=ids, system__isnull=False).select_related("posting")
        }
        for used in LotUse.objects.filter(posting__in=ids).select_related("lot").order_by("pk"):
            left = used.points - back[used.posting_id, used.lot_id]
            if used.posting_id in taken and left:
                taken[used.posting_id].left.append((used.lot, left))
        insurers = Entry.objects.filter(of_refunds, system__isnull=False)
        for entry in insurers.select_related("posting"):
            taken[entry.posting.undoes_id].points += entry.amount
        for redemption in taken.values():
            if redemption.kind == Posting.Kind.REDEEM:
                redemption.drop_settled()
        books.found[cls] = taken

    def plan(self, books: Books) -> None:
        taken: Taken | None = books.found[Refund].get(self.posting_id)
        if taken is None:
            raise UnknownPosting
        if taken.kind != Posting.Kind.REDEEM:
            raise NotRefundable
        points = taken.points if self.points is None else self.points
        if not 0 < points <= taken.points:
            raise MoreThanWasTaken
        settled = min(points, books.debt(self.member_id))
        books.require_room(self.member_id, points - settled)
        posting = books.post(self)
        self.put_back(posting, points - settled, taken, books)
        taken.points -= points
        taken.drop_settled()
        books.enter(posting, self.member_id, points - settled)
        books.enter_debt(posting, self.member_id, settled)
        books.enter_system(posting, taken.to, -points)

    def put_back(self, posting: int, points: int, taken: Taken, books: Books) -> None:
        while points:
            lot, left = taken.left.pop()
            part = min(left, points)
            points -= part
            if left > part:
                taken.left.append((lot, left - part))
            expired = lot.expires_at <= books.at
            if not expired and lot.account_id == books.standing(self.member_id).account_id:
                books.use(posting, [(lot.pk, -part)])
            elif expired:
                books.add_lot(posting, self.member_id, part, books.at, books.at + terms.GRACE, lot.pk)
            else:
                books.add_lot(posting, self.member_id, part, lot.available_at, lot.expires_at, lot.pk)
