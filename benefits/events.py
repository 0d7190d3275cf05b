"""What happened in `benefits`: facts in the past tense, with ids. Packages above connect to the signals."""

from dataclasses import dataclass
from datetime import date

from django.dispatch import Signal


@dataclass(frozen=True)
class VisitBooked:
    """Quota and place are taken; the provider's own system is told next, where it `has_system`."""

    booking_id: int
    customer_id: int
    has_system: bool


@dataclass(frozen=True)
class VisitConfirmed:
    """The provider's own system has taken a booking that it had not taken at once."""

    booking_id: int
    customer_id: int


@dataclass(frozen=True)
class VisitMoved:
    """To another time or place."""

    booking_id: int
    customer_id: int


@dataclass(frozen=True)
class VisitCancelled:
    """`late`: it counts as used."""

    booking_id: int
    customer_id: int
    late: bool


@dataclass(frozen=True)
class VisitDeclined:
    """The provider refused it for good, or it was called off by somebody else than the member; quota and place are
    free again."""

    booking_id: int
    customer_id: int


@dataclass(frozen=True)
class VisitTomorrow:
    """The visit is on the next day."""

    booking_id: int
    customer_id: int


@dataclass(frozen=True)
class GuestCheckedIn:
    booking_id: int
    customer_id: int


@dataclass(frozen=True)
class VisitCompleted:
    """The visit took place, and counts as used."""

    booking_id: int
    customer_id: int
    member_id: int


@dataclass(frozen=True)
class VisitMissed:
    """Nobody came; it counts as used."""

    booking_id: int
    customer_id: int


@dataclass(frozen=True)
class VisitRated:
    booking_id: int
    customer_id: int
    member_id: int
    rating: int


visit_booked = Signal()  # sender: VisitBooked, keyword: fact
visit_confirmed = Signal()  # sender: VisitConfirmed, keyword: fact
visit_moved = Signal()  # sender: VisitMoved, keyword: fact
visit_cancelled = Signal()  # sender: VisitCancelled, keyword: fact
visit_declined = Signal()  # sender: VisitDeclined, keyword: fact
visit_tomorrow = Signal()  # sender: VisitTomorrow, keyword: fact
guest_checked_in = Signal()  # sender: GuestCheckedIn, keyword: fact
visit_completed = Signal()  # sender: VisitCompleted, keyword: fact
visit_missed = Signal()  # sender: VisitMissed, keyword: fact
visit_rated = Signal()  # sender: VisitRated, keyword: fact


@dataclass(frozen=True)
class TierUpgraded:
    """A customer has this VIP tier, their first or a higher one, since that day. `assessment_id` never repeats."""

    assessment_id: int
    customer_id: int
    tier: str
    since: date


@dataclass(frozen=True)
class TierDowngradeWarned:
    """A customer's tier is no longer reached. Unless that changes, it is `tier` from that day on; empty for none."""

    assessment_id: int
    customer_id: int
    tier: str
    from_day: date


@dataclass(frozen=True)
class TierLowered:
    """A customer has this lower tier since that day; empty for none."""

    assessment_id: int
    customer_id: int
    tier: str
    since: date


tier_upgraded = Signal()  # sender: TierUpgraded, keyword: fact
tier_downgrade_warned = Signal()  # sender: TierDowngradeWarned, keyword: fact
tier_lowered = Signal()  # sender: TierLowered, keyword: fact


@dataclass(frozen=True)
class QuotaGranted:
    """A customer has more than before: these entitlements are new, larger, or back. `key`: of this telling."""

    customer_id: int
    entitlement_ids: tuple[int, ...]
    key: str


@dataclass(frozen=True)
class QuotaExpiring:
    """Something of these entitlements is left, and ends with that day."""

    customer_id: int
    entitlement_ids: tuple[int, ...]
    ends_on: date


quota_granted = Signal()  # sender: QuotaGranted, keyword: fact
quota_expiring = Signal()  # sender: QuotaExpiring, keyword: fact


@dataclass(frozen=True)
class CaseOpened:
    """One of the quota is held, and a provider chosen."""

    case_id: int
    customer_id: int
    provider_id: int


@dataclass(frozen=True)
class CaseTaken:
    """`owner_id`: the member account of whoever looks after it at the provider now."""

    case_id: int
    customer_id: int
    owner_id: int


@dataclass(frozen=True)
class CaseWritten:
    """Somebody wrote. `side`: member or provider; `asks`: the provider waits for the member, the clock stands still."""

    case_id: int
    customer_id: int
    message_id: int
    side: str
    asks: bool


@dataclass(frozen=True)
class CaseDone:
    """It counts as used."""

    case_id: int
    customer_id: int
    member_id: int


@dataclass(frozen=True)
class CaseDeclined:
    """The provider can't help; the quota is free again."""

    case_id: int
    customer_id: int


@dataclass(frozen=True)
class CaseCancelled:
    """By the member. `late`: it had been taken, and counts as used."""

    case_id: int
    customer_id: int
    late: bool


@dataclass(frozen=True)
class CaseOverdue:
    """The provider did not keep the time. Told once a case."""

    case_id: int
    customer_id: int
    provider_id: int


@dataclass(frozen=True)
class CaseRated:
    case_id: int
    customer_id: int
    member_id: int
    rating: int


@dataclass(frozen=True)
class DocumentKept:
    """Of a booking or of a case. `side`: member or provider, who sent it."""

    document_id: int
    booking_id: int | None
    case_id: int | None
    side: str


@dataclass(frozen=True)
class MonthSettled:
    """The lines of a month that is over are written. `lines`: how many were new."""

    settlement_id: int
    provider_id: int
    lines: int


@dataclass(frozen=True)
class SettlementClosed:
    settlement_id: int
    provider_id: int


@dataclass(frozen=True)
class LineDisputed:
    dispute_id: int
    provider_id: int


@dataclass(frozen=True)
class DisputeSettled:
    """A second person decided. `correction_id`: the line that followed, None where the dispute was rejected."""

    dispute_id: int
    provider_id: int
    correction_id: int | None


case_opened = Signal()  # sender: CaseOpened, keyword: fact
case_taken = Signal()  # sender: CaseTaken, keyword: fact
case_written = Signal()  # sender: CaseWritten, keyword: fact
case_done = Signal()  # sender: CaseDone, keyword: fact
case_declined = Signal()  # sender: CaseDeclined, keyword: fact
case_cancelled = Signal()  # sender: CaseCancelled, keyword: fact
case_overdue = Signal()  # sender: CaseOverdue, keyword: fact
case_rated = Signal()  # sender: CaseRated, keyword: fact
document_kept = Signal()  # sender: DocumentKept, keyword: fact
month_settled = Signal()  # sender: MonthSettled, keyword: fact
settlement_closed = Signal()  # sender: SettlementClosed, keyword: fact
line_disputed = Signal()  # sender: LineDisputed, keyword: fact
dispute_settled = Signal()  # sender: DisputeSettled, keyword: fact
