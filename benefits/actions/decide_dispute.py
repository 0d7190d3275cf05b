"""Staff decide whether a line that a provider disputes is wrong, and what would have been right."""

from datetime import date
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from wagtail.log_actions import log

from benefits.actions.dispute_line import stated
from benefits.actions.settle_month import locked_settlement
from benefits.events import DisputeSettled, dispute_settled
from benefits.models import DeskWorker, LineDispute, Settlement, SettlementLine
from benefits.refusals.settlement import DisputeDecided, NothingToCorrect, OwnDispute
from benefits.settlement_month import month_of
from members.models import Member

DECIDE = "benefits.decide_linedispute"
State = LineDispute.State


@transaction.atomic
def accept_dispute(*, dispute_id: int, by: Member, amount: Decimal, because: str) -> LineDispute:
    """`amount`: what the line should have said, in CNY. The difference is a line of its own, in the earliest month of
    the provider's that is open: the line's own where it still is.

    Raises PermissionDenied, LineDispute.DoesNotExist, DisputeDecided, OwnDispute, NothingWritten, TooLong,
    NothingToCorrect; ValueError below 0.
    """
    dispute, because = undecided(dispute_id, by), stated(because)
    if amount < 0:
        raise ValueError("nobody is paid less than nothing")
    if amount == dispute.line.amount:
        raise NothingToCorrect
    correction = SettlementLine.objects.create(
        settlement=open_settlement(dispute.line.settlement),
        kind=SettlementLine.Kind.CORRECTION,
        corrects=dispute.line,
        amount=amount - dispute.line.amount,
    )
    return decide(dispute, State.ACCEPTED, by, because, correction)


@transaction.atomic
def reject_dispute(*, dispute_id: int, by: Member, because: str) -> LineDispute:
    """The line stays as it is. Raises PermissionDenied, LineDispute.DoesNotExist, DisputeDecided, OwnDispute,
    NothingWritten, TooLong."""
    return decide(undecided(dispute_id, by), State.REJECTED, by, stated(because), None)


def undecided(dispute_id: int, by: Member) -> LineDispute:
    """Locked. A second person of the insurer's: never whoever raised it, nor anybody who works at a desk."""
    if not by.has_perm(DECIDE):
        raise PermissionDenied
    dispute = (
        LineDispute.objects.select_for_update(of=("self",))
        .select_related("line__settlement__provider")
        .get(pk=dispute_id)
    )
    if dispute.state != State.OPEN:
        raise DisputeDecided
    if dispute.raised_by_id == by.pk or DeskWorker.objects.filter(member=by).exists():
        raise OwnDispute
    return dispute


def open_settlement(of_line: Settlement) -> Settlement:
    """The earliest that is open, from the line's month on; this month's where none is, which is then begun. Locked."""
    later = Settlement.objects.filter(provider=of_line.provider_id, month__gte=of_line.month, closed_at=None)
    found = later.select_for_update().order_by("month").first()
    return found or locked_settlement(of_line.provider, this_month())


def this_month() -> date:
    return month_of(timezone.localdate())


def decide(
    dispute: LineDispute, state: LineDispute.State, by: Member, because: str, correction: SettlementLine | None
) -> LineDispute:
    dispute.state, dispute.decided_by, dispute.decided_because = state, by, because
    dispute.decided_at, dispute.correction = timezone.now(), correction
    dispute.save()
    log(instance=dispute, action="benefits.decide_dispute", user=by, data={"state": state})
    fact = DisputeSettled(dispute.pk, dispute.line.settlement.provider_id, correction.pk if correction else None)
    dispute_settled.send(DisputeSettled, fact=fact)
    return dispute
