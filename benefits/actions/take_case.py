"""Somebody at the provider looks after a case from now on."""

from django.db import transaction
from django.utils import timezone

from benefits.case_access import case_at_desk, locked_case
from benefits.case_clock import is_kept_by_taking
from benefits.events import CaseTaken, case_taken
from benefits.models import Case, DeskWorker
from benefits.queries.own import is_own
from benefits.refusals.case import CaseEnded, OwnCase, TakenMeanwhile


@transaction.atomic
def take_case(*, case_id: int, worker: DeskWorker, held_by: int | None = None) -> Case:
    """Also from a colleague at the same provider. Twice is once.

    `held_by`: the id of the colleague who looks after it as far as the worker knows; None for nobody yet. Of two who
    press at once one has the case, and the other is told. Raises Case.DoesNotExist, CaseEnded, OwnCase, TakenMeanwhile.
    """
    case = locked_case(case_at_desk(worker, case_id).pk)
    if case.state not in Case.OPEN:
        raise CaseEnded
    if is_own(worker.member, case):
        raise OwnCase
    if case.owner_id == worker.member_id:
        return case
    if case.owner_id != held_by:
        raise TakenMeanwhile
    case.owner = worker.member
    if case.state == Case.State.ASKED:
        case.state, case.taken_at = Case.State.TAKEN, timezone.now()
        if is_kept_by_taking(case.entitlement):
            case.due_at = None
    case.save(update_fields=["owner", "state", "taken_at", "due_at"])
    case_taken.send(CaseTaken, fact=CaseTaken(case.pk, case.customer_id, worker.member_id))
    return case
