"""What members say of their visits and cases: by service, by provider, by month."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from django.db.models import Count, F, QuerySet
from django.db.models.functions import TruncMonth
from django.utils.translation import get_language

from benefits.booking_window import SHANGHAI
from benefits.models import Booking, Case

RATINGS = (5, 4, 3, 2, 1)


class By(Enum):
    SERVICE = "service"
    PROVIDER = "provider"
    MONTH = "month"


@dataclass(frozen=True)
class Said:
    """`uses`: visits that took place and cases that are done, `counts` of them rated so (5 to 1)."""

    name: str
    uses: int
    counts: tuple[int, ...]

    @property
    def rated(self) -> int:
        return sum(self.counts)

    @property
    def average(self) -> float | None:
        """None where nobody rated."""
        stars = sum(rating * count for rating, count in zip(RATINGS, self.counts, strict=True))
        return stars / self.rated if self.rated else None

    @property
    def share(self) -> float:
        """Of the uses those that were rated, 0 to 1."""
        return self.rated / self.uses


def satisfaction(by: By, *, since: date, until: date) -> list[Said]:
    """Of visits that took place, and cases that were done, from `since` to `until`, both included; by name, or by
    month."""
    visits = Booking.objects.filter(
        state=Booking.State.COMPLETED, starts_at__date__gte=since, starts_at__date__lte=until
    )
    cases = Case.objects.filter(state=Case.State.DONE, ended_at__date__gte=since, ended_at__date__lte=until)
    found: dict[Any, Counter[int | None]] = {}
    for name, rating, uses in [
        *counted(visits, grouping(by, provider="slot__at__site__provider", at="starts_at")),
        *counted(cases, grouping(by, provider="provider", at="ended_at")),
    ]:
        found.setdefault(name, Counter())[rating] += uses
    return [
        Said(
            name=f"{name:%Y-%m}" if by is By.MONTH else name,
            uses=ratings.total(),
            counts=tuple(ratings[rating] for rating in RATINGS),
        )
        for name, ratings in sorted(found.items())
    ]


def counted(uses: QuerySet[Any], name: Any) -> QuerySet[Any, tuple[Any, int | None, int]]:
    """By name and rating, None for none, how many."""
    return uses.order_by().annotate(name=name).values_list("name", "rating").annotate(Count("pk"))


def grouping(by: By, *, provider: str, at: str) -> Any:
    language = "en" if (get_language() or "").startswith("en") else "zh"
    match by:
        case By.SERVICE:
            return F(f"entitlement__service__name_{language}")
        case By.PROVIDER:
            return F(f"{provider}__name_zh")
        case By.MONTH:
            return TruncMonth(at, tzinfo=SHANGHAI)
