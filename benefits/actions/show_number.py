"""The number to call, for whoever looks after a case: a doctor on the telephone has to know it."""

from django.db import transaction

from benefits.actions.write_in_case import require_owner
from benefits.case_access import case_at_desk, locked_case
from benefits.models import DeskWorker, NumberShowing


@transaction.atomic
def show_number(*, case_id: int, worker: DeskWorker) -> str:
    """In E.164: of the account that asked, for whomever of the family. Recorded.

    Raises Case.DoesNotExist, CaseEnded, NotTheOwner.
    """
    case = locked_case(case_at_desk(worker, case_id).pk)
    require_owner(case, worker)
    NumberShowing.objects.create(case=case, by=worker.member)
    return case.member.mobile
