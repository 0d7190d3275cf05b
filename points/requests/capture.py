"""Using points that were set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from points.models import Hold, Posting, System
from points.refusals import HoldEnded, MoreThanHeld, UnknownHold
from points.requests.request import Request, require_points

if TYPE_CHECKING:
    from points.books import Books


@dataclass(frozen=True, kw_only=True, slots=True)
class Capture(Request):
    """`points` of a hold, None for all of it; what is left of it is free again.

    Refused with UnknownHold, HoldEnded, MoreThanHeld. Raises PointsNotWhole, PointsNotPositive, PointsTooMany.
    """

    kind: ClassVar[Posting.Kind] = Posting.Kind.REDEEM
    hold_id: int
    points: int | None = None
    to: System = System.REDEMPTION

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        if self.points is not None:
            require_points(self.points)

    @classmethod
    def look_up(cls, requests: Sequence[Self], books: Books) -> None:
        holds = Hold.objects.filter(pk__in=[request.hold_id for request in requests]).prefetch_related("parts__lot")
        books.found[cls] = {hold.pk: hold for hold in holds}

    def plan(self, books: Books) -> None:
        hold: Hold | None = books.found[Capture].get(self.hold_id)
        if hold is None:
            raise UnknownHold
        if hold.state != Hold.State.OPEN:
            raise HoldEnded
        points = hold.points if self.points is None else self.points
        if points > hold.points:
            raise MoreThanHeld
        posting = books.post(self)
        hold.state = Hold.State.CAPTURED  # to whoever asks for it once more in this batch
        books.capture(posting, hold.pk, points)
        books.use_held(posting, first_expiring(hold, points))
        books.enter(posting, self.member_id, -points)
        books.enter_system(posting, self.to, points)


def first_expiring(hold: Hold, points: int) -> list[tuple[int, int]]:
    """(lot, points) of the parts of a hold that expire first."""
    parts = []
    for part in sorted(hold.parts.all(), key=lambda part: (part.lot.expires_at, part.lot_id)):
        if points:
            parts.append((part.lot_id, min(part.points, points)))
            points -= parts[-1][1]
    return parts
