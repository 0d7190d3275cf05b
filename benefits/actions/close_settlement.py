"""A month is agreed on with the provider, and stands from then on."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from wagtail.log_actions import log

from benefits.actions.settle_month import write_lines
from benefits.events import SettlementClosed, settlement_closed
from benefits.models import LineDispute, Settlement
from benefits.refusals.settlement import LinesDisputed
from benefits.settlement_month import require_over
from members.models import Member

CLOSE = "benefits.close_settlement"


@transaction.atomic
def close_settlement(*, settlement_id: int, by: Member) -> Settlement:
    """What ended in the month and has no line yet gets it first. Twice is once.

    Raises PermissionDenied, Settlement.DoesNotExist, MonthNotOver, LinesDisputed.
    """
    if not by.has_perm(CLOSE):
        raise PermissionDenied
    settlement = Settlement.objects.select_for_update().get(pk=settlement_id)
    if settlement.closed_at is not None:
        return settlement
    require_over(settlement.month)
    if count := LineDispute.objects.filter(line__settlement=settlement, state=LineDispute.State.OPEN).count():
        raise LinesDisputed(count)
    write_lines(settlement)
    settlement.closed_at, settlement.closed_by = timezone.now(), by
    settlement.save(update_fields=["closed_at", "closed_by"])
    log(instance=settlement, action="benefits.close_settlement", user=by, data={"total": str(settlement.total)})
    fact = SettlementClosed(settlement.pk, settlement.provider_id)
    settlement_closed.send(SettlementClosed, fact=fact)
    return settlement
