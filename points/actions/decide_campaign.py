"""A second person approves or rejects a campaign; one alone may stop it."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from members.models import Member
from points.actions.draft_campaign import require_good_campaign
from points.actions.proposals import DECISION, record_decision, require_second_person
from points.models import EarningCampaign

DECIDE = "points.decide_earningcampaign"
State = EarningCampaign.State


class NotRunning(Exception):
    """Only what was approved can be stopped, once."""


@transaction.atomic
def decide_campaign(*, campaign_id: int, approve: bool, by: Member, remark: str = "") -> EarningCampaign:
    """An approved campaign multiplies whatever happens in its time and is paid from this transaction's commit on.

    Raises PermissionDenied, EarningCampaign.DoesNotExist, AlreadyDecided, NotProposed, SamePerson, NoReasonGiven,
    BadTerms.
    """
    campaign = locked(campaign_id, by)
    require_second_person(campaign, by)
    if approve:
        require_good_campaign(campaign)
    record_decision(campaign, approve=approve, by=by, remark=remark)
    campaign.save(update_fields=DECISION)
    return campaign


@transaction.atomic
def stop_campaign(*, campaign_id: int, by: Member) -> EarningCampaign:
    """Ends it at once and for good; what it has paid stays paid. One person is enough: to stop costs nothing.

    Raises PermissionDenied, EarningCampaign.DoesNotExist, NotRunning.
    """
    campaign = locked(campaign_id, by)
    if campaign.state != State.APPROVED:
        raise NotRunning
    campaign.state, campaign.stopped_by, campaign.stopped_at = State.STOPPED, by, timezone.now()
    campaign.save(update_fields=["state", "stopped_by", "stopped_at"])
    return campaign


def locked(campaign_id: int, by: Member) -> EarningCampaign:
    if not by.has_perm(DECIDE):
        raise PermissionDenied
    return EarningCampaign.objects.select_for_update().get(pk=campaign_id)
