"""Confirming in the middle of something that it is the member, by a code to their own number."""

from uuid import UUID

from members.actions.confirm_one_time_code import CodeSpent, confirm_one_time_code
from members.actions.issue_one_time_code import issue_one_time_code
from members.actions.record_proof import record_proof
from members.assurance import Context
from members.models import Factor, Member, OneTimeCode, Proof
from members.origin import Origin

Purpose = OneTimeCode.Purpose


def send_confirming_code(*, member: Member, origin: Origin) -> OneTimeCode:
    """A code on its way to the member's number. Raises CodeJustSent, TooManyAttempts, NotAMobileNumber (none left)."""
    return issue_one_time_code(mobile=member.mobile, purpose=Purpose.CONFIRM, origin=origin)


def prove_by_code(*, member: Member, code_id: UUID | str, digits: str, context: Context) -> Proof:
    """Records the code as proved in this session, for `context.request` if there is one. Raises WrongCode, CodeSpent.

    Not inside another transaction: see confirm_one_time_code.
    """
    if not OneTimeCode.objects.to_mobile(member.mobile).filter(pk=code_id).exists():
        raise CodeSpent  # another person's, or sent before the number was changed
    code = confirm_one_time_code(pk=code_id, digits=digits, purpose=Purpose.CONFIRM)
    return record_proof(
        member=member,
        factor=Factor.CODE,
        session=context.session,
        entrance=context.entrance,
        request=context.request,
        evidence=f"one_time_code:{code.pk}",
    )
