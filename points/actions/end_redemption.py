"""How a redemption ends: delivered, and the points are taken, or not, and they are free again."""

from django.db.models import F
from django.utils import timezone

from members.models import Member
from points.actions.end_hold import capture_hold, void_hold
from points.events import (
    RedemptionCancelled,
    RewardDelivered,
    RewardFailed,
    redemption_cancelled,
    reward_delivered,
    reward_failed,
)
from points.models import Donation, Redemption, Reward, System, VoucherCode
from points.terms import cost

State, Fulfilment = Redemption.State, Reward.Fulfilment
ENDING = (
    "state",
    "mobile",
    "problem",
    "provider_reference",
    "good_until",
    "failure",
    "settled_by",
    "settled_because",
    "next_try_at",
    "lease_until",
    "ended_at",
)


def locked_redemption(redemption_id: int) -> Redemption:
    """Locked until the transaction ends. Raises Redemption.DoesNotExist."""
    return Redemption.objects.select_for_update(of=("self",)).select_related("reward", "member").get(pk=redemption_id)


def deliver(
    redemption: Redemption, *, provider_reference: str = "", settled_by: Member | None = None, because: str = ""
) -> None:
    """Takes the points, in the transaction of whoever has locked the redemption."""
    reward = redemption.reward
    is_donation = reward.fulfilment == Fulfilment.DONATION
    capture_hold(
        hold_id=redemption.hold_id,
        to=System.DONATION if is_donation else System.REDEMPTION,
        cause=f"redemption:{redemption.pk}",
    )
    if is_donation:
        issue_certificate(redemption)
    days = [reward.good_until(from_day=timezone.localdate())]
    if reward.fulfilment == Fulfilment.VOUCHER_POOL:
        days.append(redemption.voucher.expires_on)
    redemption.good_until = min((day for day in days if day), default=None)
    redemption.provider_reference, redemption.problem = provider_reference, ""
    end(redemption, State.DELIVERED, settled_by, because)
    fact = RewardDelivered(redemption.pk, redemption.member_id, reward.sku, redemption.points)
    reward_delivered.send(RewardDelivered, fact=fact)


def fail(
    redemption: Redemption, failure: Redemption.Failure, *, settled_by: Member | None = None, because: str = ""
) -> None:
    """Frees the points and what was set aside of the stock, in the transaction of whoever has locked the redemption."""
    give_back(redemption)
    redemption.failure = failure
    end(redemption, State.FAILED, settled_by, because)
    fact = RewardFailed(redemption.pk, redemption.member_id, redemption.reward.sku, redemption.points)
    reward_failed.send(RewardFailed, fact=fact)


def call_off(redemption: Redemption) -> None:
    """Frees everything that was set aside, in the transaction of whoever has locked the redemption."""
    give_back(redemption)
    end(redemption, State.CANCELLED)
    VoucherCode.objects.filter(redemption=redemption).update(state=VoucherCode.State.AVAILABLE, redemption=None)
    fact = RedemptionCancelled(redemption.pk, redemption.member_id, redemption.reward.sku, redemption.points)
    redemption_cancelled.send(RedemptionCancelled, fact=fact)


def give_back(redemption: Redemption) -> None:
    void_hold(hold_id=redemption.hold_id)
    put_back_on_the_shelf(redemption)


def put_back_on_the_shelf(redemption: Redemption) -> None:
    """For somebody else, where it was taken from a stock that is still counted."""
    if redemption.is_of_stock:
        Reward.objects.filter(pk=redemption.reward_id, stock__isnull=False).update(stock=F("stock") + 1)


def end(redemption: Redemption, state: Redemption.State, settled_by: Member | None = None, because: str = "") -> None:
    redemption.state, redemption.settled_by, redemption.settled_because = state, settled_by, because
    redemption.ended_at, redemption.next_try_at, redemption.lease_until = timezone.now(), None, None
    # Sealed anew, a number would pass for another one; and an account that was erased meanwhile keeps none.
    forgotten = redemption.mobile and not redemption.member.is_active
    if forgotten:
        redemption.mobile = None
    redemption.save(update_fields=[name for name in ENDING if name != "mobile" or forgotten])


def issue_certificate(redemption: Redemption) -> Donation:
    """The company pays CNY 1 for 100 points (rewards.csv)."""
    assert redemption.project_id
    return Donation.objects.create(
        redemption=redemption,
        project_id=redemption.project_id,
        points=redemption.points,
        amount=cost(redemption.points),
        certificate_no=f"GY{timezone.localdate().year}{redemption.pk:08d}",
    )
