"""A member calls off what is held back, or what its provider has not taken."""

from django.db import transaction

from members.models import Member
from points.actions.end_redemption import call_off, locked_redemption
from points.models import Redemption
from points.rewards.refusals import TooLateToCancel


@transaction.atomic
def cancel_redemption(*, member: Member, redemption_id: int) -> Redemption:
    """Before an order may have reached its provider, and without any proof: whoever stops it can only be the member,
    or do no harm. A worker that claims it meanwhile comes first, or finds it called off: both lock it.

    Raises Redemption.DoesNotExist where it is not the member's, TooLateToCancel.
    """
    redemption = locked_redemption(redemption_id)
    if redemption.member_id != member.pk:
        raise Redemption.DoesNotExist
    if not redemption.may_be_called_off:
        raise TooLateToCancel
    call_off(redemption)
    return redemption
