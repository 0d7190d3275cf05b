"""Staff decide about a redemption that nobody could tell of."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from wagtail.log_actions import log

from members.actions.serve_member import OwnAccount
from members.models import Member
from points.actions.end_redemption import deliver, fail, locked_redemption
from points.models import Redemption
from points.rewards.refusals import BeingAsked, NotInDoubt

SETTLE = "points.settle_redemption"


@transaction.atomic
def settle_redemption(
    *, redemption_id: int, delivered: bool, by: Member, because: str, provider_reference: str = ""
) -> Redemption:
    """Delivered, as the provider says under its own reference, or not: then the points come back.

    `because`: what was found out, for whoever audits it; no personal data. Raises PermissionDenied,
    Redemption.DoesNotExist, OwnAccount, NotInDoubt, BeingAsked; ValueError without a reason, or delivered without a
    reference.
    """
    if not by.has_perm(SETTLE):
        raise PermissionDenied
    if not because.strip() or (delivered and not provider_reference.strip()):
        raise ValueError("a reason is needed, and of what was delivered the provider's reference")
    redemption = locked_redemption(redemption_id)
    if redemption.member_id == by.pk:
        raise OwnAccount
    if redemption.state != Redemption.State.DOUBTFUL:
        raise NotInDoubt(redemption)
    if redemption.lease_until and redemption.lease_until > timezone.now():
        raise BeingAsked
    if delivered:
        deliver(redemption, provider_reference=provider_reference.strip(), settled_by=by, because=because.strip())
    else:
        fail(redemption, Redemption.Failure.BY_STAFF, settled_by=by, because=because.strip())
    log(instance=redemption, action="points.settle_redemption", user=by, data={"delivered": delivered})
    return redemption
