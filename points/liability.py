"""What the insurer owes in points, until when, and what it is likely to cost."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import DateTimeField, ExpressionWrapper, F, Q, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from points import terms
from points.models import Account, LedgerAudit, Lot, Posting, Seal, System
from points.queries import system_totals


@dataclass(frozen=True)
class Month:
    """Points whose last day is in this month (its first day, Asia/Shanghai); held ones may be past theirs."""

    begins: datetime
    usable: int
    pending: int
    held: int

    @property
    def points(self) -> int:
        return self.usable + self.pending + self.held


@dataclass(frozen=True)
class Outstanding:
    """`owed` by members; `ended`: past their last day and not yet booked as expired, no part of the months."""

    months: list[Month]
    owed: int
    ended: int

    @property
    def usable(self) -> int:
        return sum(month.usable for month in self.months)

    @property
    def pending(self) -> int:
        return sum(month.pending for month in self.months)

    @property
    def held(self) -> int:
        return sum(month.held for month in self.months)

    @property
    def points(self) -> int:
        return self.usable + self.pending + self.held

    @property
    def cost(self) -> Decimal:
        """CNY."""
        return terms.cost(self.points)


@dataclass(frozen=True)
class Breakage:
    """Of `points` whose last day has passed, `expired` were never used."""

    points: int
    expired: int

    @property
    def share(self) -> Decimal | None:
        """0 to 1; None while nothing has come to its end yet."""
        return Decimal(self.expired) / self.points if self.points else None

    def of(self, outstanding: int) -> int | None:
        """How many of these points are expected to expire unused, None while nobody can know: fewer than a tenth of as
        many have come to their end.
        """
        if self.share is None or self.points * 10 < outstanding:
            return None
        return int((outstanding * self.share).to_integral_value())


@dataclass(frozen=True)
class Books:
    """The other side: what the insurer's accounts come to, and how far the ledger is sealed and compared."""

    totals: dict[System, int]
    seal: Seal | None
    unsealed: int
    audit: LedgerAudit | None


def outstanding(at: datetime | None = None) -> Outstanding:
    """Two queries: over lots with something left, and over what members owe."""
    moment = at or timezone.now()
    free, lives = F("remaining") - F("held"), Q(expires_at__gt=moment)
    # A lot ends with the first moment of a day that it isn't good for any more.
    last = ExpressionWrapper(F("expires_at") - timedelta(microseconds=1), output_field=DateTimeField())
    rows = (
        Lot.objects.left()
        .annotate(month=TruncMonth(last, tzinfo=terms.SHANGHAI))
        .values("month")
        .annotate(
            usable=Sum(free, filter=lives & Q(available_at__lte=moment), default=0),
            pending=Sum(free, filter=lives & Q(available_at__gt=moment), default=0),
            # Not "held": that name is the column's.
            set_aside=Sum("held", default=0),
            ended=Sum(free, filter=~lives, default=0),
        )
        .order_by("month")
    )
    found = list(rows)
    months = [Month(row["month"], row["usable"], row["pending"], row["set_aside"]) for row in found]
    owed = Account.objects.filter(kind=Account.Kind.DEBT).aggregate(points=Sum("balance", default=0))["points"]
    return Outstanding([month for month in months if month.points], -owed, sum(row["ended"] for row in found))


def breakage(ended: int, expired: int, at: datetime | None = None) -> Breakage:
    """Over all lots whose end has passed. Reads them all: for a report, not for a member's page.

    `expired`: points booked as expired (System.EXPIRY); `ended`: those that are yet to be. Points that went on into
    another lot, with a new date or at another account, are counted there; those that were taken back count as used.
    """
    moment = at or timezone.now()
    began = Lot.objects.filter(expires_at__lte=moment).aggregate(points=Sum("points", default=0))["points"]
    went_on = Lot.objects.filter(source__expires_at__lte=moment).aggregate(points=Sum("points", default=0))["points"]
    return Breakage(began - went_on, expired + ended)


def books() -> Books:
    return Books(
        totals=system_totals(),
        seal=Seal.objects.order_by("-number").first(),
        unsealed=Posting.objects.filter(seal=None).count(),
        audit=LedgerAudit.objects.order_by("-pk").first(),
    )
