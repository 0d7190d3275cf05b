"""Papers are handed to who may see them, and each time is recorded.

A report of a visit is the member's alone: not the provider's who sent it, not the insurer's (benefits.csv: “report
released only to the member”). Those of a case are both sides': at the desk, whose it is (benefits.case_access).
"""

from django.db import transaction

from benefits.case_access import papers_at_desk, papers_of_member
from benefits.models import BenefitDocument, DeskWorker, DocumentOpening
from members.models import Member


@transaction.atomic
def open_as_member(*, document_id: int, member: Member, entrance: str) -> BenefitDocument:
    """Of a visit or case of the member's. Raises BenefitDocument.DoesNotExist."""
    document = papers_of_member(member).get(pk=document_id)
    DocumentOpening.objects.create(document=document, by=member, entrance=entrance)
    return document


@transaction.atomic
def open_at_desk(*, document_id: int, worker: DeskWorker, entrance: str) -> BenefitDocument:
    """Of a case that the worker looks after. Raises BenefitDocument.DoesNotExist."""
    document = papers_at_desk(worker).get(pk=document_id)
    DocumentOpening.objects.create(document=document, by=worker.member, entrance=entrance)
    return document
