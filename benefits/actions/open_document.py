"""Papers are handed to who may see them, and each time is recorded.

A report of a visit is the member's alone: not the provider's who sent it, not the insurer's (benefits.csv: “report
released only to the member”). Those of a case are both sides'.
"""

from django.db import transaction

from benefits.models import BenefitDocument, DeskWorker, DocumentOpening
from members.models import Member


@transaction.atomic
def open_as_member(*, document_id: int, member: Member, entrance: str) -> BenefitDocument:
    """Of a visit or case of the member's. Raises BenefitDocument.DoesNotExist."""
    if member.customer_id is None:
        raise BenefitDocument.DoesNotExist
    document = BenefitDocument.objects.of_customer(member.customer_id).kept().get(pk=document_id)
    DocumentOpening.objects.create(document=document, by=member, entrance=entrance)
    return document


@transaction.atomic
def open_at_desk(*, document_id: int, worker: DeskWorker, entrance: str) -> BenefitDocument:
    """Of a case at the worker's provider. Raises BenefitDocument.DoesNotExist."""
    document = BenefitDocument.objects.kept().get(pk=document_id, case__provider=worker.provider_id)
    DocumentOpening.objects.create(document=document, by=worker.member, entrance=entrance)
    return document
