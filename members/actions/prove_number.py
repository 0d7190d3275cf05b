"""Proving to hold a number that is not the account's own: to change to it, or to merge with the account that has it."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from members.actions.confirm_one_time_code import confirm_one_time_code
from members.actions.issue_one_time_code import issue_one_time_code
from members.assurance import Context
from members.models import Member, OneTimeCode, ProvenNumber
from members.origin import Origin

Purpose = OneTimeCode.Purpose


def send_code_to_number(*, mobile: str, origin: Origin) -> OneTimeCode:
    """A code on its way to the number, whether or not another account has it: that is told to its holder alone.

    Raises CodeJustSent, TooManyAttempts, NotAMobileNumber. Not inside another transaction, as attempts are counted.
    """
    return issue_one_time_code(mobile=mobile, purpose=Purpose.PROVE_NUMBER, origin=origin)


def prove_number(*, member: Member, code_id: UUID | str, digits: str, context: Context) -> ProvenNumber:
    """Records that the member holds the number that the code went to, in this session. Raises WrongCode, CodeSpent.

    Whoever calls keeps `code_id` to the session that asked for the code. Not inside another transaction: see
    confirm_one_time_code.
    """
    code = confirm_one_time_code(pk=code_id, digits=digits, purpose=Purpose.PROVE_NUMBER)
    return ProvenNumber.objects.create(
        member=member, mobile=code.mobile, session=context.session, entrance=context.entrance
    )


def forget_old_numbers(*, older_than: timedelta = timedelta(days=1)) -> int:
    """Sweeps proven numbers that opened something or no longer can; returns how many."""
    return ProvenNumber.objects.filter(proved_at__lt=timezone.now() - older_than).delete()[0]
