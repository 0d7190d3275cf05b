"""What members say of their visits: by service, by provider, by month."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from django.db.models import Avg, Count, F, Q
from django.db.models.functions import TruncMonth
from django.utils.translation import get_language

from benefits.booking_window import SHANGHAI
from benefits.models import Booking

RATINGS = (5, 4, 3, 2, 1)


class By(Enum):
    SERVICE = "service"
    PROVIDER = "provider"
    MONTH = "month"


@dataclass(frozen=True)
class Said:
    """`visits` that took place, `counts` of them rated so (5 to 1). `average` is None where nobody rated."""

    name: str
    visits: int
    counts: tuple[int, ...]
    average: float | None

    @property
    def rated(self) -> int:
        return sum(self.counts)

    @property
    def share(self) -> float:
        """Of the visits those that were rated, 0 to 1."""
        return self.rated / self.visits


def satisfaction(by: By, *, since: date, until: date) -> list[Said]:
    """Of visits that took place from `since` to `until`, both included; by name, or by month."""
    visits = Booking.objects.filter(
        state=Booking.State.COMPLETED, starts_at__date__gte=since, starts_at__date__lte=until
    )
    found = (
        visits.annotate(name=grouping(by))
        .values("name")
        .annotate(
            visits=Count("pk"),
            average=Avg("rating"),
            **{f"rated_{rating}": Count("pk", filter=Q(rating=rating)) for rating in RATINGS},
        )
        .order_by("name")
    )
    return [said(row, by) for row in found]


def grouping(by: By) -> Any:
    language = "en" if (get_language() or "").startswith("en") else "zh"
    match by:
        case By.SERVICE:
            return F(f"entitlement__service__name_{language}")
        case By.PROVIDER:
            return F("slot__at__site__provider__name_zh")
        case By.MONTH:
            return TruncMonth("starts_at", tzinfo=SHANGHAI)


def said(row: Mapping[str, Any], by: By) -> Said:
    return Said(
        name=f"{row['name']:%Y-%m}" if by is By.MONTH else row["name"],
        visits=row["visits"],
        counts=tuple(row[f"rated_{rating}"] for rating in RATINGS),
        average=row["average"],
    )
