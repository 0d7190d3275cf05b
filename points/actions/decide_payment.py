"""Payments that people look at: large ones before they are made, and false ones afterwards."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from members.actions.decide_policy_change import SamePerson
from members.models import Member
from members.queries import is_closed
from points.actions.earn_points import book_payments, give_back_to_budgets, undo_payment
from points.actions.lock_people import lock_kept_account
from points.models import RulePayment
from points.refusals import AccountEnded

DECIDE = "points.decide_rulepayment"
TAKE_BACK = "points.take_back_rulepayment"
State = RulePayment.State


class NotWaiting(Exception):
    """Somebody has decided about it, or what it rests on was taken back."""


class NotPaid(Exception):
    """There is nothing to take back."""


@transaction.atomic
def approve_payment(*, payment_id: int, by: Member) -> RulePayment:
    """The first of two people says yes, or the second; then it is paid (earning_rules.csv, care.commitment_missed).

    Raises PermissionDenied, RulePayment.DoesNotExist, NotWaiting, SamePerson, and LedgerRefusal: AccountEnded, also
    where the account was merged, for then the other one has a payment for the same cause (see move_payments).
    """
    payment = locked(payment_id, by, DECIDE)
    if payment.state != State.WAITING:
        raise NotWaiting
    if is_closed(payment.member):
        raise AccountEnded
    if payment.approved_by_id is None:
        payment.approved_by = by
        payment.save(update_fields=["approved_by"])
        return payment
    if payment.approved_by_id == by.pk:
        raise SamePerson
    book_payments([payment])
    payment.state, payment.decided_by, payment.decided_at = State.PAID, by, timezone.now()
    payment.save(update_fields=["state", "posting", "decided_by", "decided_at"])
    return payment


@transaction.atomic
def refuse_payment(*, payment_id: int, by: Member) -> RulePayment:
    """One person is enough to say no. Raises PermissionDenied, RulePayment.DoesNotExist, NotWaiting."""
    payment = locked(payment_id, by, DECIDE)
    if payment.state != State.WAITING:
        raise NotWaiting
    payment.state, payment.decided_by, payment.decided_at = State.REFUSED, by, timezone.now()
    payment.save(update_fields=["state", "decided_by", "decided_at"])
    give_back_to_budgets(payment)
    return payment


@transaction.atomic
def take_back_payment(*, payment_id: int, reason: str, by: Member) -> RulePayment:
    """What rested on something false, such as a claim that was found false; what was spent of it is owed.

    `reason`: a code or a case number, at most 110 characters, no personal data. Raises PermissionDenied,
    RulePayment.DoesNotExist, NotPaid, LedgerRefusal.
    """
    payment = locked(payment_id, by, TAKE_BACK)
    if payment.state != State.PAID:
        raise NotPaid
    undo_payment(payment, because=reason, by=by)
    return payment


def locked(payment_id: int, by: Member, permission: str) -> RulePayment:
    """The payment, after the account that has its points by now: in the order in which earning locks them."""
    if not by.has_perm(permission):
        raise PermissionDenied
    lock_kept_account(RulePayment.objects.values_list("member_id", flat=True).get(pk=payment_id))
    return RulePayment.objects.select_for_update(of=("self",)).select_related("rule", "member").get(pk=payment_id)
