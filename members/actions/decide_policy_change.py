"""A second person approves or rejects proposed terms."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from members.actions.propose_policy_change import WeakerThanFloor
from members.assurance.floor import below_floor
from members.assurance.terms import Terms
from members.models import ActionPolicy, Member, PolicyChange

DECIDE = "members.decide_policychange"
Decision = PolicyChange.Decision


class SamePerson(Exception):
    """Whoever proposes does not decide."""


class NoReasonGiven(Exception):
    """Whoever is told no learns from the remark what to do instead."""


class AlreadyDecided(Exception):
    """`change` says by whom, when and how."""

    def __init__(self, change: PolicyChange) -> None:
        super().__init__(change.pk)
        self.change = change


@transaction.atomic
def decide_policy_change(*, change_id: int, approve: bool, by: Member, remark: str = "") -> PolicyChange:
    """Approved terms hold from this transaction's commit on; rejected ones never do.

    Raises PermissionDenied, PolicyChange.DoesNotExist, AlreadyDecided, SamePerson, NoReasonGiven (a rejection without
    a remark), WeakerThanFloor (the default may have been raised since the proposal).
    """
    if not by.has_perm(DECIDE):
        raise PermissionDenied
    change = locked(change_id)
    if change.decision:
        raise AlreadyDecided(change)
    if change.proposed_by_id == by.pk:
        raise SamePerson
    require_reason(approve=approve, remark=remark)
    if approve:
        put_in_force(change)
    change.decision = Decision.APPROVED if approve else Decision.REJECTED
    change.decided_by, change.decided_at, change.remark = by, timezone.now(), remark
    change.save(update_fields=["decision", "decided_by", "decided_at", "remark"])
    return change


def require_reason(*, approve: bool, remark: str) -> None:
    """Raises NoReasonGiven."""
    if not approve and not remark.strip():
        raise NoReasonGiven


def locked(change_id: int) -> PolicyChange:
    """Of two who decide at once, the second waits here and then reads what the first decided."""
    return PolicyChange.objects.select_for_update().get(pk=change_id)


def put_in_force(change: PolicyChange) -> None:
    terms = Terms.of_model(change)
    if change.to_default:
        ActionPolicy.objects.filter(action=terms.action, amount_from=terms.amount_from).delete()
        return
    if weaker := below_floor(terms):
        raise WeakerThanFloor(weaker)
    fields = terms.fields()
    key = {"action": fields.pop("action"), "amount_from": fields.pop("amount_from")}
    ActionPolicy.objects.update_or_create(**key, defaults={**fields, "approved_at": timezone.now()})
