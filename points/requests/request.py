"""What all requests have: a member, a key, a reason."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from points.models import Posting
from points.refusals import PointsNotPositive, PointsNotWhole, PointsTooMany, UnknownMember, UnusableDates

if TYPE_CHECKING:
    from points.books import Books

LARGEST = 2**63 - 1
LONGEST = {"scope": 40, "key": 200, "reason": 60, "cause": 200}


@dataclass(frozen=True, slots=True)
class Booked:
    """A posting, and what it did to a member: `points` is the change of the balance, `balance` the one after it.

    `replayed`: it had been booked before, under the same key.
    """

    posting_id: int
    member_id: int
    points: int
    balance: int
    replayed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """`(scope, key)` makes it happen once (at most 40 and 200 characters). `reason`: a code (60), `cause`: what it
    rests on (200); neither says who the member is. Raises ValueError on texts that are too long or missing.
    """

    kind: ClassVar[Posting.Kind]
    member_id: int
    scope: str
    key: str
    reason: str
    cause: str = ""
    occurred_at: datetime | None = None
    posted_by_id: int | None = None

    def __post_init__(self) -> None:
        if type(self.member_id) is not int:
            raise UnknownMember
        if not (
            0 < len(self.scope) <= LONGEST["scope"]
            and 0 < len(self.key) <= LONGEST["key"]
            and 0 < len(self.reason) <= LONGEST["reason"]
            and len(self.cause) <= LONGEST["cause"]
        ):
            raise ValueError(f"scope, key, reason and cause have at most {LONGEST} characters, and are not empty")
        if self.occurred_at is not None:
            require_zone(self.occurred_at)

    @property
    def members(self) -> tuple[int, ...]:
        """Whose accounts are locked for it."""
        return (self.member_id,)

    @property
    def needs(self) -> int:
        """How many points of the member's lots it takes, first expiring first; 0 where it finds its own."""
        return 0

    @property
    def undoes_id(self) -> int | None:
        return None

    def hash(self) -> str:
        """32 bytes in hexadecimal over the kind and all that was asked, but for the key that it is stored under."""
        said = [self.kind.value]
        for name in self.hashed_fields():
            value = getattr(self, name)
            said.append(f"{name}={value.timestamp() if isinstance(value, datetime) else value}")
        return hashlib.sha256("\0".join(said).encode()).hexdigest()

    @classmethod
    def hashed_fields(cls) -> tuple[str, ...]:
        return HASHED.get(cls) or HASHED.setdefault(
            cls, tuple(field.name for field in fields(cls) if field.name not in ("scope", "key"))
        )

    @classmethod
    def look_up(cls, requests: Sequence[Self], books: Books) -> None:
        """Reads what these need beyond balances and spendable lots; the accounts are locked by now."""

    def plan(self, books: Books) -> None:
        """Decides, and writes it into the books. Raises LedgerRefusal before it has written anything."""
        raise NotImplementedError


HASHED: dict[type[Request], tuple[str, ...]] = {}


def require_points(points: object) -> None:
    """Raises PointsNotWhole, PointsNotPositive, PointsTooMany."""
    if type(points) is not int:
        raise PointsNotWhole
    if points <= 0:
        raise PointsNotPositive
    if points > LARGEST:
        raise PointsTooMany


def require_zone(moment: datetime) -> None:
    """Raises UnusableDates."""
    if moment.tzinfo is None:
        raise UnusableDates
