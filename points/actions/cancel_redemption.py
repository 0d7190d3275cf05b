"""A member calls off what is held back."""

from django.db import transaction

from members.models import Member
from points.actions.end_redemption import call_off, locked_redemption
from points.models import Redemption
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
    call_off(redemption)
    return redemption
