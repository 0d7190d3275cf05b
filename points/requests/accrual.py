"""Points that were earned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from points import terms
from points.models import Posting, System
from points.refusals import UnusableDates
from points.requests.request import Request, require_points, require_zone

if TYPE_CHECKING:
    from points.books import Books


@dataclass(frozen=True, kw_only=True, slots=True)
class Accrual(Request):
    """`points` that can be used from `available_at` (the moment of booking) until `expires_at` (`terms.expiry`).

    What the member owes is settled first; the rest becomes a lot. Raises PointsNotWhole, PointsNotPositive,
    PointsTooMany, UnusableDates.
    """

    kind: ClassVar[Posting.Kind] = Posting.Kind.ACCRUE
    points: int
    available_at: datetime | None = None
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        require_points(self.points)
        for moment in (self.available_at, self.expires_at):
            if moment is not None:
                require_zone(moment)
        if self.available_at and self.expires_at and self.available_at >= self.expires_at:
            raise UnusableDates

    def dates(self, at: datetime) -> tuple[datetime, datetime]:
        """From when and until when the points can be used. Raises UnusableDates."""
        available_at = self.available_at or at
        expires_at = self.expires_at or terms.expiry(self.occurred_at or at)
        if available_at >= expires_at:
            raise UnusableDates
        return available_at, expires_at

    def plan(self, books: Books) -> None:
        available_at, expires_at = self.dates(books.at)
        settled = min(self.points, books.debt(self.member_id))
        books.require_room(self.member_id, self.points - settled)
        posting = books.post(self)
        if settled < self.points:
            books.add_lot(posting, self.member_id, self.points - settled, available_at, expires_at)
        books.enter(posting, self.member_id, self.points - settled)
        books.enter_debt(posting, self.member_id, settled)
        books.enter_system(posting, System.ISSUANCE, -self.points)
