"""What happened in `points`: facts in the past tense, with ids. Packages above connect to the signals."""

from dataclasses import dataclass
from datetime import datetime

from django.dispatch import Signal


@dataclass(frozen=True)
class RewardRedeemed:
    """A member asked for a reward; `points` are set aside for it, or taken already where it was delivered at once."""

    redemption_id: int
    member_id: int
    sku: str
    points: int


@dataclass(frozen=True)
class RewardDelivered:
    """The member has the reward, and `points` are taken."""

    redemption_id: int
    member_id: int
    sku: str
    points: int


@dataclass(frozen=True)
class RewardFailed:
    """The reward will not come, and `points` are free again, with the dates they had."""

    redemption_id: int
    member_id: int
    sku: str
    points: int


@dataclass(frozen=True)
class RedemptionCancelled:
    """It was called off before an order went out; `points` are free again."""

    redemption_id: int
    member_id: int
    sku: str
    points: int


@dataclass(frozen=True)
class RewardGivenBack:
    """Two of the staff gave `points` back, all or a part of what a delivered reward cost."""

    giving_back_id: int
    redemption_id: int
    member_id: int
    sku: str
    points: int


@dataclass(frozen=True)
class PointsExpiring:
    """`points` of a member end at `expires_at` unless they are used; told so many `days` before."""

    member_id: int
    points: int
    expires_at: datetime
    days: int


@dataclass(frozen=True)
class MonthEarned:
    """What a member earned in `month` (YYYY-MM, Asia/Shanghai)."""

    member_id: int
    month: str
    points: int


@dataclass(frozen=True)
class PointsAdjusted:
    """Staff put a member's points right by hand. `points`: signed, as they were given or taken, debt included."""

    member_id: int
    posting_id: int
    points: int


reward_redeemed = Signal()  # sender: RewardRedeemed, keyword: fact
reward_delivered = Signal()  # sender: RewardDelivered, keyword: fact
reward_failed = Signal()  # sender: RewardFailed, keyword: fact
redemption_cancelled = Signal()  # sender: RedemptionCancelled, keyword: fact
reward_given_back = Signal()  # sender: RewardGivenBack, keyword: fact
points_expiring = Signal()  # sender: PointsExpiring, keyword: fact
month_earned = Signal()  # sender: MonthEarned, keyword: fact
points_adjusted = Signal()  # sender: PointsAdjusted, keyword: fact
