"""Names of what the staff's pages of entitlements show."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from benefits.models import Tier
from benefits.queries.entitlements import Obstacle, Share
from benefits.queries.usage import GRANT


def clock(moment: datetime | None) -> str:
    """Of what may be yet to come: Wagtail's own column calls that “just now”."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else "—"


def giver_name(giver: str) -> str:
    """Of a tier, a product's code, or what staff gave."""
    if giver == GRANT:
        return _("given by staff")
    return str(Tier(giver).label) if giver in Tier.values else giver


def source_name(share: Share) -> str:
    return share.policy_no or giver_name(GRANT if share.source == GRANT else share.terms.tier)


def count(quota: int | None) -> str:
    return _("unlimited") if quota is None else f"{quota:,}"


def obstacle_name(share: Share) -> str:
    """Why nothing can be booked on it; empty where something can."""
    names = {
        Obstacle.WITHDRAWN: _("withdrawn"),
        Obstacle.NOT_YET: _("not yet"),
        Obstacle.LEVEL: _("level too low, or no account"),
        Obstacle.AGE: _("wrong age"),
        Obstacle.SUSPENDED: _("suspended: visits were not kept"),
        Obstacle.USED_UP: _("used up"),
    }
    return names[share.obstacle] if share.obstacle else ""
