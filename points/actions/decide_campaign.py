"""A second person approves or rejects a campaign; one alone may stop it."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from members.models import Member
from points.actions.decide_rule_change import NotProposed, SamePerson
from points.actions.draft_campaign import require_good_campaign
from points.models import EarningCampaign

DECIDE = "points.decide_earningcampaign"
State = EarningCampaign.State


class AlreadyDecided(Exception):
    """`campaign` says by whom, when and how."""

    def __init__(self, campaign: EarningCampaign) -> None:
        super().__init__(campaign.pk)
        self.campaign = campaign


class NotRunning(Exception):
    """Only what was approved can be stopped, once."""


@transaction.atomic
def decide_campaign(*, campaign_id: int, approve: bool, by: Member, remark: str = "") -> EarningCampaign:
    """An approved campaign multiplies whatever happens in its time and is paid from this transaction's commit on.

    Raises PermissionDenied, EarningCampaign.DoesNotExist, AlreadyDecided, NotProposed, SamePerson, BadTerms.
    """
    campaign = locked(campaign_id, by)
    if campaign.decided_by_id:
        raise AlreadyDecided(campaign)
    if campaign.state != State.PROPOSED:
        raise NotProposed
    if by.pk in (campaign.proposed_by_id, campaign.drafted_by_id):
        raise SamePerson
    if approve:
        require_good_campaign(campaign)
    campaign.state = State.APPROVED if approve else State.REJECTED
    campaign.decided_by, campaign.decided_at, campaign.remark = by, timezone.now(), remark
    campaign.save(update_fields=["state", "decided_by", "decided_at", "remark"])
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
