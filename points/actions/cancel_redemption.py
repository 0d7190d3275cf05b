"""A member calls off what is held back."""

from django.db import transaction

from members.models import Member
from points.actions.end_redemption import end, give_back, locked_redemption
from points.events import RedemptionCancelled, redemption_cancelled
from points.models import Redemption, VoucherCode
from points.rewards.refusals import TooLateToCancel

State = Redemption.State


@transaction.atomic
def cancel_redemption(*, member: Member, redemption_id: int) -> Redemption:
    """Before it goes ahead, and without any proof: whoever stops it can only be the member, or do no harm.

    Raises Redemption.DoesNotExist where it is not the member's, TooLateToCancel.
    """
    redemption = locked_redemption(redemption_id)
    if redemption.member_id != member.pk:
        raise Redemption.DoesNotExist
    if redemption.state != State.ASKED:
        raise TooLateToCancel
    give_back(redemption)
    end(redemption, State.CANCELLED)
    VoucherCode.objects.filter(redemption=redemption).update(state=VoucherCode.State.AVAILABLE, redemption=None)
    fact = RedemptionCancelled(redemption.pk, member.pk, redemption.reward.sku, redemption.points)
    redemption_cancelled.send(RedemptionCancelled, fact=fact)
    return redemption
