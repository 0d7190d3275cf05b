"""A provider says that a line of its settlement is wrong."""

from django.db import transaction

from benefits.events import LineDisputed, line_disputed
from benefits.models import DeskWorker, LineDispute, Settlement, SettlementLine
from benefits.refusals.case import NothingWritten, TooLong
from benefits.refusals.settlement import DisputedBefore, NotDisputable

LONGEST_REASON = 500


@transaction.atomic
def dispute_line(*, line_id: int, worker: DeskWorker, reason: str) -> LineDispute:
    """Once a line, in a month that is open or closed; an open one is not closed until it is decided.

    The same again changes nothing. Raises SettlementLine.DoesNotExist (another provider's, too), NothingWritten,
    TooLong, NotDisputable, DisputedBefore.
    """
    reason = stated(reason)
    line = SettlementLine.objects.get(pk=line_id, settlement__provider=worker.provider_id)
    # Whoever closes the month waits, or has closed it.
    Settlement.objects.select_for_update().get(pk=line.settlement_id)
    if line.kind != SettlementLine.Kind.USE:
        raise NotDisputable
    raised = LineDispute.objects.filter(line=line).first()
    if raised is not None:
        if (raised.raised_by_id, raised.reason) == (worker.member_id, reason):
            return raised
        raise DisputedBefore
    dispute = LineDispute.objects.create(line=line, raised_by=worker.member, reason=reason)
    line_disputed.send(LineDisputed, fact=LineDisputed(dispute.pk, worker.provider_id))
    return dispute


def stated(reason: str) -> str:
    """Raises NothingWritten, TooLong."""
    reason = reason.strip()
    if not reason:
        raise NothingWritten
    if len(reason) > LONGEST_REASON:
        raise TooLong(LONGEST_REASON)
    return reason
