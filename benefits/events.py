"""What happened in `benefits`: facts in the past tense, with ids. Packages above connect to the signals."""

from dataclasses import dataclass
from datetime import date

from django.dispatch import Signal


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
