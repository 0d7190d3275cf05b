"""Somebody drafts what a rule shall say; nothing is paid by it until it was proposed and a second person approved."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from members.models import Member
from points.actions.proposals import NotADraft, record_withdrawal
from points.earning.checking import require_good_terms
from points.models import EarningRule, RuleChange

DRAFT = "points.add_rulechange"
State = RuleChange.State


class AlreadyDrafted(Exception):
    """A change of this rule is open; it is decided, or withdrawn, first. `change` is that one."""

    def __init__(self, change: RuleChange) -> None:
        super().__init__(change.pk)
        self.change = change


class NothingChanges(Exception):
    """The rule says this already."""


def require_may_draft(by: Member) -> None:
    if not by.has_perm(DRAFT):
        raise PermissionDenied


@transaction.atomic
def draft_rule_change(*, terms: Mapping[str, Any], reason: str, by: Member) -> RuleChange:
    """A draft with these terms (`RuleTerms.terms()`), for a new rule or for the one of that code.

    Raises PermissionDenied, BadTerms, NothingChanges, AlreadyDrafted; then nothing is written.
    """
    require_may_draft(by)
    change = RuleChange(**terms, reason=reason, drafted_by=by)
    require_good_terms(change)
    note_what_it_replaces(change)
    try:
        with transaction.atomic():
            change.save(force_insert=True)
    except IntegrityError as error:
        if "rule_change_one_open" in str(error):
            raise AlreadyDrafted(RuleChange.objects.get(code=change.code, state__in=RuleChange.OPEN)) from error
        raise
    return change


@transaction.atomic
def revise_rule_change(*, change_id: int, terms: Mapping[str, Any], reason: str, by: Member) -> RuleChange:
    """The draft with other terms; its code stays. Whoever revises it has drafted it, and can't approve it.

    Raises PermissionDenied, RuleChange.DoesNotExist, NotADraft, BadTerms, NothingChanges.
    """
    require_may_draft(by)
    change = locked_draft(change_id)
    for name, value in terms.items():
        if name != "code":
            setattr(change, name, value)
    change.reason, change.drafted_by, change.drafted_at = reason, by, timezone.now()
    require_good_terms(change)
    note_what_it_replaces(change)
    change.save()
    return change


@transaction.atomic
def propose_rule_change(*, change_id: int, by: Member) -> RuleChange:
    """From now on the terms stay as they are, until somebody else decides.

    Raises PermissionDenied, RuleChange.DoesNotExist, NotADraft, BadTerms (the catalogue may have changed).
    """
    require_may_draft(by)
    change = locked_draft(change_id)
    require_good_terms(change)
    change.state, change.proposed_by, change.proposed_at = State.PROPOSED, by, timezone.now()
    change.save(update_fields=["state", "proposed_by", "proposed_at"])
    return change


@transaction.atomic
def withdraw_rule_change(*, change_id: int, by: Member) -> RuleChange:
    """A draft, or a proposal that nobody has decided about. Raises PermissionDenied, DoesNotExist, NotADraft."""
    require_may_draft(by)
    change = RuleChange.objects.select_for_update().get(pk=change_id)
    record_withdrawal(change)
    change.save(update_fields=["state"])
    return change


def locked_draft(change_id: int) -> RuleChange:
    change = RuleChange.objects.select_for_update().get(pk=change_id)
    if change.state != State.DRAFT:
        raise NotADraft
    return change


def note_what_it_replaces(change: RuleChange) -> None:
    """Raises NothingChanges."""
    rule = EarningRule.objects.filter(code=change.code).first()
    change.replaces = rule.stored_terms() if rule else {}
    if change.stored_terms() == change.replaces:
        raise NothingChanges
