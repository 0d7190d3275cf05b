"""Whose case it is: every read and write that a person triggers goes through here. Others' cases don't exist."""

from benefits.models import Case, DeskWorker, Entitlement
from benefits.models.case import CaseQuerySet
from members.models import Member


def cases_of_member(member: Member) -> CaseQuerySet:
    """Those of the customer, whichever account opened them: two accounts may have become one."""
    if member.customer_id is None:
        return Case.objects.none()
    return Case.objects.filter(customer=member.customer_id)


def cases_at_desk(worker: DeskWorker) -> CaseQuerySet:
    return Case.objects.filter(provider=worker.provider_id)


def case_of_member(member: Member, case_id: int) -> Case:
    """Raises Case.DoesNotExist."""
    return cases_of_member(member).get(pk=case_id)


def case_at_desk(worker: DeskWorker, case_id: int) -> Case:
    """Raises Case.DoesNotExist."""
    return cases_at_desk(worker).get(pk=case_id)


def locked_case(case_id: int) -> Case:
    """Locked until the transaction ends, its entitlement before it, as everywhere. Raises Case.DoesNotExist."""
    entitlement_id = Case.objects.values_list("entitlement", flat=True).get(pk=case_id)
    Entitlement.objects.select_for_update().get(pk=entitlement_id)
    return (
        Case.objects.select_for_update(of=("self",))
        .select_related("entitlement__allowance", "entitlement__service")
        .get(pk=case_id)
    )
