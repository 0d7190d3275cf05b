"""Points that are used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from points.models import Posting, System
from points.requests.request import Request, require_points

if TYPE_CHECKING:
    from points.books import Books


@dataclass(frozen=True, kw_only=True, slots=True)
class Spending(Request):
    """`points` of the lots that expire first, to an account of the insurer's.

    Refused with InsufficientPoints. Raises PointsNotWhole, PointsNotPositive, PointsTooMany.
    """

    kind: ClassVar[Posting.Kind] = Posting.Kind.REDEEM
    points: int
    to: System = System.REDEMPTION

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        require_points(self.points)

    @property
    def needs(self) -> int:
        return self.points

    def plan(self, books: Books) -> None:
        taken = books.take(self.member_id, self.points)
        posting = books.post(self)
        books.use(posting, taken)
        books.enter(posting, self.member_id, -self.points)
        books.enter_system(posting, self.to, self.points)
