"""Cases whose provider did not keep the time are announced, once each."""

from django.db import transaction
from django.utils import timezone

from benefits.actions.one_by_one import one_by_one
from benefits.events import CaseOverdue, case_overdue
from benefits.models import Case
from benefits.models.case import CaseQuerySet


def tell_overdue_cases() -> int:
    """Answers of how many. Killed, the next run goes on."""
    return one_by_one(list(untold().values_list("pk", flat=True)), tell_of, fault="overdue_case_not_told")


def untold() -> CaseQuerySet:
    return Case.objects.overdue(at=timezone.now()).filter(overdue_told_at=None).order_by("pk")


@transaction.atomic
def tell_of(case_id: int) -> bool:
    """False where it was told or kept meanwhile, or somebody else is at it."""
    case = untold().select_for_update(skip_locked=True, of=("self",)).filter(pk=case_id).first()
    if case is None:
        return False
    case.overdue_told_at = timezone.now()
    case.save(update_fields=["overdue_told_at"])
    case_overdue.send(CaseOverdue, fact=CaseOverdue(case.pk, case.customer_id, case.provider_id))
    return True
