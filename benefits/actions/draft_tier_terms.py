"""Somebody drafts other rules of VIP tiers; nobody is assessed by them until a second person has approved."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from benefits.models import Tier, TierTerms
from benefits.models.tier_terms import TERMS, THRESHOLDS
from members.models import Member
from points.actions.proposals import NotADraft, record_withdrawal
from points.earning.checking import BadTerms

DRAFT = "benefits.add_tierterms"
State = TierTerms.State


def require_may_draft(by: Member) -> None:
    if not by.has_perm(DRAFT):
        raise PermissionDenied


def require_good_rules(terms: TierTerms) -> None:
    """Raises BadTerms: what no rules may say, by field, in the reader's language."""
    try:
        terms.clean_fields(exclude=[field.name for field in TierTerms._meta.fields if field.name not in TERMS])
    except ValidationError as error:
        raise BadTerms({name: " ".join(each) for name, each in error.message_dict.items()}) from error
    faults = {}
    for lower, higher in zip(list(Tier)[:-1], list(Tier)[1:], strict=True):
        if terms.threshold(higher) <= terms.threshold(lower):
            faults[THRESHOLDS[higher]] = _("A higher tier takes a higher VIP premium.")
    if not terms.threshold(Tier.GOLD):
        faults[THRESHOLDS[Tier.GOLD]] = _("Every tier takes a VIP premium.")
    # Until today everybody has been assessed by the others.
    if terms.effective_on <= timezone.localdate():
        faults["effective_on"] = _("Rules take effect tomorrow at the earliest.")
    if faults:
        raise BadTerms(faults)


@transaction.atomic
def draft_tier_terms(*, terms: Mapping[str, Any], reason: str, by: Member) -> TierTerms:
    """A draft with these rules (`TierTerms.terms()`). Raises PermissionDenied, BadTerms; then nothing is written."""
    require_may_draft(by)
    draft = TierTerms(**terms, reason=reason, drafted_by=by)
    require_good_rules(draft)
    draft.save(force_insert=True)
    return draft


@transaction.atomic
def revise_tier_terms(*, terms_id: int, terms: Mapping[str, Any], reason: str, by: Member) -> TierTerms:
    """The draft with other rules. Whoever revises it has drafted it, and can't approve it.

    Raises PermissionDenied, TierTerms.DoesNotExist, NotADraft, BadTerms.
    """
    require_may_draft(by)
    draft = locked_draft(terms_id)
    for name, value in terms.items():
        setattr(draft, name, value)
    draft.reason, draft.drafted_by, draft.drafted_at = reason, by, timezone.now()
    require_good_rules(draft)
    draft.save()
    return draft


@transaction.atomic
def propose_tier_terms(*, terms_id: int, by: Member) -> TierTerms:
    """From now on the rules stay as they are, until somebody else decides.

    Raises PermissionDenied, TierTerms.DoesNotExist, NotADraft, BadTerms (its day may have come).
    """
    require_may_draft(by)
    draft = locked_draft(terms_id)
    require_good_rules(draft)
    draft.state, draft.proposed_by, draft.proposed_at = State.PROPOSED, by, timezone.now()
    draft.save(update_fields=["state", "proposed_by", "proposed_at"])
    return draft


@transaction.atomic
def withdraw_tier_terms(*, terms_id: int, by: Member) -> TierTerms:
    """A draft, or a proposal that nobody has decided about. Raises PermissionDenied, DoesNotExist, NotADraft."""
    require_may_draft(by)
    draft = TierTerms.objects.select_for_update().get(pk=terms_id)
    record_withdrawal(draft)
    draft.save(update_fields=["state"])
    return draft


def locked_draft(terms_id: int) -> TierTerms:
    draft = TierTerms.objects.select_for_update().get(pk=terms_id)
    if draft.state != State.DRAFT:
        raise NotADraft
    return draft
