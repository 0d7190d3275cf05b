"""How a case ends: what it held is used, or free again."""

from django.db import transaction
from django.utils import timezone

from benefits.actions import quota
from benefits.actions.lock_account_of import lock_account_of
from benefits.actions.write_in_case import add_message, require_owner, say_again
from benefits.case_access import case_at_desk, case_of_member, locked_case
from benefits.events import CaseCancelled, CaseDeclined, CaseDone, case_cancelled, case_declined, case_done
from benefits.models import Case, DeskWorker, Side
from benefits.refusals.case import CaseEnded, NothingWritten
from members.models import Member

State = Case.State


@transaction.atomic
def finish_case(*, case_id: int, worker: DeskWorker) -> Case:
    """It is done, and counts as used. Twice is once. Raises Case.DoesNotExist, CaseEnded, OwnCase, NotTheOwner."""
    lock_account_of(Case, case_at_desk(worker, case_id).pk)
    case = locked_case(case_id)
    if case.state == State.DONE:
        return case
    require_owner(case, worker)
    spend(case, State.DONE)
    case_done.send(CaseDone, fact=CaseDone(case.pk, case.customer_id, case.member_id))
    return case


@transaction.atomic
def decline_case(*, case_id: int, worker: DeskWorker, because: str, key: str) -> Case:
    """The provider can't help: the quota is free again. `because`: what the member reads. Twice is once.

    Raises Case.DoesNotExist, CaseEnded, OwnCase, NotTheOwner, NothingWritten.
    """
    case = locked_case(case_at_desk(worker, case_id).pk)
    if case.state == State.DECLINED and say_again(case, Side.PROVIDER, because, key):
        return case
    require_owner(case, worker)
    if not because.strip():
        raise NothingWritten
    add_message(case, side=Side.PROVIDER, by=worker.member, text=because, key=key)
    set_free(case, State.DECLINED)
    case_declined.send(CaseDeclined, fact=CaseDeclined(case.pk, case.customer_id))
    return case


@transaction.atomic
def cancel_case(*, case_id: int, member: Member) -> Case:
    """The member calls it off: free before somebody took it, used afterwards. Twice is once.

    Raises Case.DoesNotExist, CaseEnded.
    """
    case = locked_case(case_of_member(member, case_id).pk)
    if case.state in (State.CANCELLED, State.CANCELLED_LATE):
        return case
    if case.state not in Case.OPEN:
        raise CaseEnded
    late = case.taken_at is not None
    if late:
        spend(case, State.CANCELLED_LATE)
    else:
        set_free(case, State.CANCELLED)
    case_cancelled.send(CaseCancelled, fact=CaseCancelled(case.pk, case.customer_id, late))
    return case


def spend(case: Case, state: Case.State) -> None:
    """What was held counts as used."""
    assert state in Case.SPENT
    quota.spend(case.entitlement_id)
    end(case, state)


def set_free(case: Case, state: Case.State) -> None:
    """The quota has it back."""
    quota.free(case.entitlement_id, for_family=case.guest_id is not None)
    end(case, state)


def end(case: Case, state: Case.State) -> None:
    case.state, case.ended_at, case.paused_at = state, timezone.now(), None
    case.save(update_fields=["state", "ended_at", "paused_at"])
