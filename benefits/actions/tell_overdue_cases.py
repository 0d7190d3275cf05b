"""Cases whose provider did not keep the time are announced, once each."""

from django.db import transaction
from django.utils import timezone

from benefits.events import CaseOverdue, case_overdue
from benefits.models import Case

AT_ONCE = 200


def tell_overdue_cases() -> int:
    """Answers of how many. Killed, the next run goes on."""
    told = 0
    while batch := tell_batch():
        told += batch
    return told


@transaction.atomic
def tell_batch() -> int:
    now = timezone.now()
    late = Case.objects.overdue(at=now).filter(overdue_told_at=None).order_by("pk")
    cases = list(late.select_for_update(skip_locked=True, of=("self",))[:AT_ONCE])
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(overdue_told_at=now)
    for case in cases:
        case_overdue.send(CaseOverdue, fact=CaseOverdue(case.pk, case.customer_id, case.provider_id))
    return len(cases)
