"""Somebody proposes other terms for an action; nothing changes until a second person approves."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from members.assurance.floor import below_floor
from members.assurance.in_force import step_in_force
from members.assurance.terms import Terms, UnknownAction, terms_for
from members.models import Member, PolicyChange

PROPOSE = "members.add_policychange"


class NothingChanges(Exception):
    """These terms are in force already."""


class AlreadyProposed(Exception):
    """For this action and amount a proposal is open; it is decided first."""


class WeakerThanFloor(Exception):
    """Weaker than anybody may set them, in `fields` (members.assurance.floor)."""

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = list(fields)


def propose_policy_change(*, terms: Terms, reason: str, by: Member) -> PolicyChange:
    """An open proposal. Raises PermissionDenied, UnknownAction, WeakerThanFloor, NothingChanges, AlreadyProposed."""
    if weaker := below_floor(terms):
        raise WeakerThanFloor(weaker)
    return record(terms=terms, to_default=False, reason=reason, by=by)


def propose_default(*, action: str, amount_from: Decimal, reason: str, by: Member) -> PolicyChange:
    """An open proposal to take back what was approved from this amount.

    Raises PermissionDenied, UnknownAction, NothingChanges (nothing was approved for it), AlreadyProposed.
    """
    then = replace(terms_for(action, amount_from, ()), amount_from=amount_from)
    return record(terms=then, to_default=True, reason=reason, by=by)


def record(*, terms: Terms, to_default: bool, reason: str, by: Member) -> PolicyChange:
    if not by.has_perm(PROPOSE):
        raise PermissionDenied
    now = step_in_force(terms.action, terms.amount_from)
    if now is None:
        raise UnknownAction(terms.action)
    approved_here = now.approved_at is not None and now.terms.amount_from == terms.amount_from
    if now.terms == terms or (to_default and not approved_here):
        raise NothingChanges
    try:
        with transaction.atomic():
            return PolicyChange.objects.create(
                **terms.fields(),
                to_default=to_default,
                replaces=now.terms.fields(),
                reason=reason,
                proposed_by=by,
            )
    except IntegrityError as error:
        if "policy_change_one_open" in str(error):
            raise AlreadyProposed from error
        raise
