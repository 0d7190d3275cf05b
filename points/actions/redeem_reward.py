"""A member redeems points for a reward."""

from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from members.actions.lock_accounts import lock_accounts
from members.assurance import Context, require_assurance
from members.models import Member
from members.phone import reachable_mobile
from members.queries import level_of
from points.actions.end_redemption import deliver
from points.actions.open_hold import open_hold
from points.actions.watch_stock import note_if_low
from points.events import RewardRedeemed, reward_redeemed
from points.models import Redemption, Reward, VoucherCode
from points.refusals import KeyConflict
from points.rewards import rules
from points.rewards.refusals import PriceChanged, SoldOut
from points.terms import cost

State, Fulfilment = Redemption.State, Reward.Fulfilment
LONGEST_KEY = 100
SCOPE = "redemption"
#: A hold ends with its redemption, and every redemption ends, by staff at the latest: until then no clock of its own
#: may give the points back, while the provider delivers.
HOLD_LASTS = timedelta(days=3650)


@transaction.atomic
def redeem_reward(
    *,
    member: Member,
    sku: str,
    context: Context,
    key: str,
    points: int,
    mobile: str = "",
    project_id: int | None = None,
    tier: str = "",
) -> Redemption:
    """Sets points aside and delivers, at once where we have it ourselves (a code, a donation), else as soon as the
    provider has (`fulfil_redemption`). All or nothing.

    `key`: the caller's, at most 100 characters; the same again returns the first redemption and does nothing.
    `points`: the price that the member saw. `mobile`: as people write it, for what goes to a mobile number.
    `project_id`: of a donation. `tier`: the member's VIP tier, for its price.

    Raises Reward.DoesNotExist, RewardRefused (points.rewards.refusals), NotAMobileNumber, InsufficientPoints,
    AssuranceRefused (`points.redeem`, `points.donate`), KeyConflict: the key stands for another request.
    """
    if not 0 < len(key) <= LONGEST_KEY:
        raise ValueError(f"a key has 1 to {LONGEST_KEY} characters")
    # Of one member's requests the second waits here, and counts the first.
    member = lock_accounts(member.pk)[member.pk]
    # The member's own: after a merger two accounts' keys stand beside each other.
    key = f"{member.pk}:{key}"
    made = Redemption.objects.of(member).filter(request_key=key).select_related("reward").first()
    if made:
        return same_again(made, sku, points, mobile, project_id)
    rules.require_no_interest(member)
    reward, now = Reward.objects.get(sku=sku), timezone.now()
    rules.require_offered(reward, now)
    if points != (price := reward.price_for(tier)):
        raise PriceChanged(price)
    number, project = rules.number_for(reward, member, mobile), rules.project_for(reward, project_id)
    rules.require_level(reward, level_of(member))
    rules.require_within_limit(reward, now, rules.redeemed_in_period(reward, member, now))
    rules.require_left(rules.left_of(reward, timezone.localdate(now), at_most=1))
    hold = open_hold(
        member_id=member.pk,
        points=points,
        scope=SCOPE,
        key=key,
        reason=reward.sku,
        expires_at=now + HOLD_LASTS,
    )
    asked = rules.request_of(sku=sku, points=points, mobile=number, project_id=project_id)
    about = replace(context, amount=cost(points), request=asked)
    held_back = require_assurance(member, rules.action_of(reward), about).terms.hold
    # Last, and after everything that refuses: whoever comes for the last one meanwhile is told that it is gone.
    voucher = take(reward)
    redemption = Redemption.objects.create(
        member=member,
        reward=reward,
        request_key=key,
        points=points,
        hold=hold,
        entrance=context.entrance,
        mobile=number or None,
        project=project,
        is_of_stock=reward.fulfilment != Fulfilment.VOUCHER_POOL and reward.stock is not None,
        state=State.ASKED if held_back else State.FULFILLING,
        asked_at=now,
        effective_at=now + held_back,
        next_try_at=now + held_back,
    )
    if voucher:
        voucher.state, voucher.redemption = VoucherCode.State.ASSIGNED, redemption
        voucher.save(update_fields=["state", "redemption"])
    note_if_low(reward)
    reward_redeemed.send(RewardRedeemed, fact=RewardRedeemed(redemption.pk, member.pk, reward.sku, points))
    if redemption.state == State.FULFILLING and reward.fulfilment != Fulfilment.PROVIDER_API:
        deliver(redemption)
    return redemption


def same_again(made: Redemption, sku: str, points: int, mobile: str, project_id: int | None) -> Redemption:
    """Raises KeyConflict where something else was asked; what the reward doesn't need was never kept."""
    number = reachable_mobile(mobile) if made.mobile and mobile.strip() else made.mobile
    if (made.reward.sku, made.points, made.mobile) != (sku, points, number):
        raise KeyConflict
    if made.project_id and made.project_id != project_id:
        raise KeyConflict
    return made


def take(reward: Reward) -> VoucherCode | None:
    """Locks a code of the pool, or takes one from the stock. Raises SoldOut."""
    if reward.fulfilment == Fulfilment.VOUCHER_POOL:
        voucher = next_voucher(reward)
        if voucher is None:
            raise SoldOut
        return voucher
    if reward.stock is not None and not take_from_stock(reward):
        raise SoldOut
    return None


def next_voucher(reward: Reward) -> VoucherCode | None:
    return VoucherCode.objects.filter(reward=reward).next_in_line(on=timezone.localdate())


def take_from_stock(reward: Reward) -> bool:
    """Looked at and taken in one statement: the second of two waits for the first, and sees what is left."""
    return bool(Reward.objects.filter(pk=reward.pk, stock__gt=0).update(stock=F("stock") - 1))
