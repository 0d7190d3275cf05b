"""Whose case it is: every read and write that a person triggers goes through here. Others' cases don't exist."""

from django.db.models import Q

from benefits.models import BenefitDocument, Booking, Case, DeskWorker, Entitlement
from benefits.models.case import CaseQuerySet
from benefits.models.document import DocumentQuerySet
from benefits.queries.own import own
from members.models import Member

READ_BY_OWNER = (*Case.OPEN, Case.State.DONE)


def cases_of_member(member: Member) -> CaseQuerySet:
    """All that are the member's own."""
    return Case.objects.filter(own(member))


def papers_of_member(member: Member) -> DocumentQuerySet:
    """Of all visits and cases that are the member's own."""
    visits = Booking.objects.filter(own(member))
    return BenefitDocument.objects.kept().filter(Q(booking__in=visits) | Q(case__in=cases_of_member(member)))


def cases_at_desk(worker: DeskWorker) -> CaseQuerySet:
    return Case.objects.filter(provider=worker.provider_id)


def may_read(worker: DeskWorker, case: Case) -> bool:
    """What is said in it: before somebody has taken it everybody at the desk, to see whether they can help; then
    whoever looks after it, until it is declined or called off. It is about somebody's health.
    """
    return case.state == Case.State.ASKED or (case.owner_id == worker.member_id and case.state in READ_BY_OWNER)


def papers_at_desk(worker: DeskWorker) -> DocumentQuerySet:
    """Those of cases that the worker looks after, or was done with; of nobody's case none."""
    return BenefitDocument.objects.kept().filter(
        case__provider=worker.provider_id, case__owner=worker.member_id, case__state__in=READ_BY_OWNER
    )


def case_of_member(member: Member, case_id: int) -> Case:
    """Raises Case.DoesNotExist."""
    return cases_of_member(member).get(pk=case_id)


def case_at_desk(worker: DeskWorker, case_id: int) -> Case:
    """Raises Case.DoesNotExist."""
    return cases_at_desk(worker).get(pk=case_id)


def locked_case(case_id: int) -> Case:
    """Locked until the transaction ends; before it, as everywhere, all that the customer has of the service.

    Raises Case.DoesNotExist.
    """
    customer_id, service_id = Case.objects.values_list("customer", "entitlement__service").get(pk=case_id)
    Entitlement.objects.lock_all(customer_id=customer_id, service_id=service_id)
    return (
        Case.objects.select_for_update(of=("self",))
        .select_related("entitlement__allowance", "entitlement__service")
        .get(pk=case_id)
    )
