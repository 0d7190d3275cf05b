"""What a member finds in the catalogue: each reward, what it costs them, and what stands in the way."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q
from django.utils import timezone

from members.models import Member
from members.queries import level_of
from points.models import Redemption, Reward, VoucherCode
from points.queries import balance_of
from points.refusals import InsufficientPoints
from points.rewards import rules
from points.rewards.refusals import RewardRefused
from points.rewards.rules import Fulfilment


@dataclass(frozen=True)
class Offer:
    """`points`: the price for this member. `left`: how many there are, None where there is no end. `had`: how often
    the member had it in the period of its limit. `obstacle`: what redeeming would be refused with, None where nothing
    stands in the way but the proof that it asks for. `missing`: the points that the member has to earn first, whatever
    else stands in the way.
    """

    reward: Reward
    points: int
    left: int | None
    had: int
    missing: int
    asks_mobile: bool
    asks_project: bool
    obstacle: RewardRefused | InsufficientPoints | None


def good_until(reward: Reward, on: date) -> date | None:
    """The last day of what is delivered on this day: of its validity, or of the code that is next in line."""
    days = [reward.good_until(from_day=on)]
    if reward.fulfilment == Reward.Fulfilment.VOUCHER_POOL:
        codes = VoucherCode.objects.filter(reward=reward).in_line(on=on)
        days.append(codes.values_list("expires_on", flat=True).first())
    return min((day for day in days if day), default=None)


def offers_for(member: Member, *, tier: str = "") -> list[Offer]:
    """The rewards on the list now, the cheapest of each kind first. The number of queries does not grow with theirs."""
    now = timezone.now()
    rewards = list(Reward.objects.shown(at=now).prefetch_related("prices").select_related("picture"))
    left = codes_left(now)
    had = times_had(member, rewards, now)
    level, balance = level_of(member), balance_of(member.pk)
    found = []
    for reward in rewards:
        points = next((price.cost_points for price in reward.prices.all() if price.tier == tier), reward.cost_points)
        stock = left.get(reward.pk, 0) if reward.fulfilment == Fulfilment.VOUCHER_POOL else reward.stock
        lack = InsufficientPoints(available=balance.available, asked=points, owed=balance.owed)
        obstacle: RewardRefused | InsufficientPoints | None = None
        try:
            rules.require_offered(reward, now)
            rules.require_level(reward, level)
            rules.require_within_limit(reward, now, had[reward.pk])
            rules.require_left(stock)
            if lack.missing > 0:
                raise lack
        except (RewardRefused, InsufficientPoints) as refusal:
            obstacle = refusal
        found.append(
            Offer(
                reward=reward,
                points=points,
                left=stock,
                had=had[reward.pk],
                missing=lack.to_earn if lack.missing > 0 else 0,
                asks_mobile=reward.fulfilment == Fulfilment.PROVIDER_API and not reward.own_mobile_only,
                asks_project=reward.fulfilment == Fulfilment.DONATION,
                obstacle=obstacle,
            )
        )
    return found


def codes_left(now: datetime) -> dict[int, int]:
    """Reward → codes that are to be had."""
    pools = VoucherCode.objects.to_be_had(on=timezone.localdate(now)).order_by()
    return dict(pools.values_list("reward").annotate(count=Count("pk")))


def times_had(member: Member, rewards: list[Reward], now: datetime) -> dict[int, int]:
    """Reward → how often in the period of its limit; one query for all."""
    counts = {}
    for reward in rewards:
        begins, _ends = rules.period_of(reward, now)
        within = Q(reward=reward) & (Q(asked_at__gte=begins) if begins else Q())
        counts[f"reward_{reward.pk}"] = Count("pk", filter=within)
    if not counts:
        return {}
    counted = Redemption.objects.of(member).counted().aggregate(**counts)
    return {reward.pk: counted[f"reward_{reward.pk}"] for reward in rewards}
