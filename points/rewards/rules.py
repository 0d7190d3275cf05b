"""What stands between a member and a reward: the same rules for the list that members see and for redeeming."""

from datetime import date, datetime, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from django.utils import timezone

from members.assurance import request_hash
from members.models import Level, Member
from members.phone import reachable_mobile
from points.models import CharityProject, Redemption, Reward, VoucherCode
from points.rewards.providers import top_up_provider
from points.rewards.refusals import (
    LimitReached,
    MobileNeeded,
    NotOffered,
    NotOwnMobile,
    NotYetOffered,
    OfferEnded,
    ProjectNeeded,
    RewardNeedsLevel,
    SetsPrices,
    SoldOut,
)

Fulfilment, Period = Reward.Fulfilment, Reward.Period
#: Giving away costs nobody anything, so the level that redeeming asks for is not asked (rewards.csv: registered).
REDEEM, DONATE, SHOW = "points.redeem", "points.donate", "voucher.view"


def action_of(reward: Reward) -> str:
    """What `require_assurance` is asked for."""
    return DONATE if reward.fulfilment == Fulfilment.DONATION else REDEEM


def request_of(*, sku: str, points: int, mobile: str, project_id: int | None) -> bytes:
    """What a member confirms, where the terms bind the proof to the request."""
    payload: dict[str, Any] = {"action": "redeem", "sku": sku, "points": points, "mobile": mobile}
    return request_hash(payload | {"project": project_id})


def require_no_interest(member: Member) -> None:
    """Who sets what a reward costs would set it for themselves. Raises SetsPrices."""
    if member.is_staff and member.has_perm("points.change_reward"):
        raise SetsPrices


def require_offered(reward: Reward, at: datetime) -> None:
    """Raises NotOffered, NotYetOffered, OfferEnded."""
    if not reward.is_on_sale:
        raise NotOffered
    if reward.on_sale_from and at < reward.on_sale_from:
        raise NotYetOffered(reward.on_sale_from)
    if reward.on_sale_until and at >= reward.on_sale_until:
        raise OfferEnded(reward.on_sale_until)
    if reward.fulfilment == Fulfilment.PROVIDER_API and top_up_provider() is None:
        raise NotOffered


def require_level(reward: Reward, held: Level) -> None:
    """Raises RewardNeedsLevel."""
    required = Level(reward.required_level)
    if held < required:
        raise RewardNeedsLevel(required, held)


def period_of(reward: Reward, at: datetime) -> tuple[datetime | None, datetime | None]:
    """The calendar day, month or year (Asia/Shanghai) that `at` is in, from and until; None where there is no end."""
    day = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    match reward.limit_period:
        case Period.DAY:
            return day, day + timedelta(days=1)
        case Period.MONTH:
            return day.replace(day=1), day.replace(day=1) + relativedelta(months=1)
        case Period.YEAR:
            return day.replace(month=1, day=1), day.replace(month=1, day=1) + relativedelta(years=1)
        case _:
            return None, None


def require_within_limit(reward: Reward, at: datetime, had: int) -> None:
    """`had`: what `redeemed_in_period` counts. Raises LimitReached."""
    if reward.limit_count is not None and had >= reward.limit_count:
        raise LimitReached(reward, period_of(reward, at)[1])


def redeemed_in_period(reward: Reward, member: Member, at: datetime) -> int:
    """How often the member has asked for it in the period of its limit, without what came to nothing."""
    begins, _ends = period_of(reward, at)
    redeemed = Redemption.objects.of(member).counted().filter(reward=reward)
    return (redeemed.filter(asked_at__gte=begins) if begins else redeemed).count()


def left_of(reward: Reward, on: date, *, at_most: int) -> int | None:
    """How many are to be had, None where there is no end. Codes are counted up to `at_most`: a pool may be large."""
    if reward.fulfilment == Fulfilment.VOUCHER_POOL:
        return VoucherCode.objects.to_be_had(on=on).filter(reward=reward)[:at_most].count()
    return reward.stock


def require_left(left: int | None) -> None:
    """Raises SoldOut."""
    if left is not None and left <= 0:
        raise SoldOut


def number_for(reward: Reward, member: Member, given: str) -> str:
    """The mobile number (E.164) that is topped up; empty where none is.

    Raises NotOwnMobile, MobileNeeded, and what `reachable_mobile` raises.
    """
    if reward.fulfilment != Fulfilment.PROVIDER_API:
        return ""
    number = reachable_mobile(given) if given.strip() else ""
    if reward.own_mobile_only:
        if not member.mobile or (number and number != member.mobile):
            raise NotOwnMobile
        return member.mobile
    if not number:
        raise MobileNeeded
    return number


def project_for(reward: Reward, project_id: int | None) -> CharityProject | None:
    """Raises ProjectNeeded."""
    if reward.fulfilment != Fulfilment.DONATION:
        return None
    project = CharityProject.objects.filter(pk=project_id or 0, is_open=True).first()
    if project is None:
        raise ProjectNeeded
    return project
