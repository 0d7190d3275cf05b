"""What staff put right by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from points import terms
from points.models import Posting, System
from points.requests.request import Request, require_points

if TYPE_CHECKING:
    from points.books import Books


@dataclass(frozen=True, kw_only=True, slots=True)
class Adjustment(Request):
    """`points` given or, negative, taken; no more than can be used now.

    Refused with InsufficientPoints. Raises PointsNotWhole, PointsNotPositive (none at all), PointsTooMany.
    """

    kind: ClassVar[Posting.Kind] = Posting.Kind.ADJUST
    points: int

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        require_points(abs(self.points) if type(self.points) is int else self.points)

    @property
    def needs(self) -> int:
        return max(0, -self.points)

    def plan(self, books: Books) -> None:
        if self.points < 0:
            taken = books.take(self.member_id, -self.points)
            posting = books.post(self)
            books.use(posting, taken)
            moved, settled = self.points, 0
        else:
            settled = min(self.points, books.debt(self.member_id))
            moved = self.points - settled
            books.require_room(self.member_id, moved)
            posting = books.post(self)
            if moved:
                books.add_lot(posting, self.member_id, moved, books.at, terms.expiry(books.at))
        books.enter(posting, self.member_id, moved)
        books.enter_debt(posting, self.member_id, settled)
        books.enter_system(posting, System.ADJUSTMENT, -self.points)
