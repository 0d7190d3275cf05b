"""Somebody drafts a campaign; it multiplies nothing until it was proposed and a second person approved."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from members.models import Member
from points.actions.proposals import NotADraft, record_withdrawal
from points.earning.checking import MOST_BUDGET, BadTerms, Faults
from points.models import EarningCampaign, EarningRule

DRAFT = "points.add_earningcampaign"
State = EarningCampaign.State
#: What of a campaign is drafted.
TERMS = ("name_zh", "name_en", "multiplier", "rules", "starts_at", "ends_at", "budget")
MOST_TIMES = Decimal(10)


def require_may_draft(by: Member) -> None:
    if not by.has_perm(DRAFT):
        raise PermissionDenied


@transaction.atomic
def draft_campaign(*, terms: Mapping[str, Any], reason: str, by: Member) -> EarningCampaign:
    """`terms`: TERMS by name. Raises PermissionDenied, BadTerms; then nothing is written."""
    require_may_draft(by)
    campaign = EarningCampaign(**terms, reason=reason, drafted_by=by)
    require_good_campaign(campaign)
    campaign.save(force_insert=True)
    return campaign


@transaction.atomic
def revise_campaign(*, campaign_id: int, terms: Mapping[str, Any], reason: str, by: Member) -> EarningCampaign:
    """Raises PermissionDenied, EarningCampaign.DoesNotExist, NotADraft, BadTerms."""
    require_may_draft(by)
    campaign = locked_draft(campaign_id)
    for name in TERMS:
        setattr(campaign, name, terms[name])
    campaign.reason, campaign.drafted_by = reason, by
    require_good_campaign(campaign)
    campaign.save()
    return campaign


@transaction.atomic
def propose_campaign(*, campaign_id: int, by: Member) -> EarningCampaign:
    """From now on it stays as it is. Raises PermissionDenied, EarningCampaign.DoesNotExist, NotADraft, BadTerms."""
    require_may_draft(by)
    campaign = locked_draft(campaign_id)
    require_good_campaign(campaign)
    campaign.state, campaign.proposed_by = State.PROPOSED, by
    campaign.save(update_fields=["state", "proposed_by"])
    return campaign


@transaction.atomic
def withdraw_campaign(*, campaign_id: int, by: Member) -> EarningCampaign:
    """A draft, or a proposal that nobody has decided about. Raises PermissionDenied, DoesNotExist, NotADraft."""
    require_may_draft(by)
    campaign = EarningCampaign.objects.select_for_update().get(pk=campaign_id)
    record_withdrawal(campaign)
    campaign.save(update_fields=["state"])
    return campaign


def locked_draft(campaign_id: int) -> EarningCampaign:
    campaign = EarningCampaign.objects.select_for_update().get(pk=campaign_id)
    if campaign.state != State.DRAFT:
        raise NotADraft
    return campaign


def require_good_campaign(campaign: EarningCampaign) -> None:
    """Raises BadTerms, with every fault that there is."""
    found: Faults = {}
    for name in ("name_zh", "name_en"):
        if not getattr(campaign, name).strip():
            found[name] = _("Give it a name in both languages.")
    times = campaign.multiplier
    if not isinstance(times, Decimal) or not 1 < times <= MOST_TIMES or times != round(times, 2):
        found["multiplier"] = _("Name a number above 1 and up to 10, with at most two decimals, such as 2 or 1.5.")
    known = set(EarningRule.objects.filter(code__in=campaign.rules).values_list("code", flat=True))
    if not campaign.rules:
        found["rules"] = _("Choose at least one rule.")
    elif unknown := sorted(set(campaign.rules) - known):
        found["rules"] = _("There is no rule “%(code)s”.") % {"code": unknown[0]}
    for name in ("starts_at", "ends_at"):
        moment = getattr(campaign, name)
        if not isinstance(moment, datetime) or moment.tzinfo is None:
            found[name] = _("A moment needs its time zone.")
    if not {"starts_at", "ends_at"} & set(found) and campaign.ends_at <= campaign.starts_at:
        found["ends_at"] = _("The campaign would end before it starts.")
    if campaign.budget is not None:
        if type(campaign.budget) is not int:
            found["budget"] = _("Points are whole numbers; %(value)s is none.") % {"value": campaign.budget}
        elif not 1 <= campaign.budget <= MOST_BUDGET:
            found["budget"] = _("This has to be at least 1.")
    if found:
        raise BadTerms(found)
