"""What staff may begin with rules, campaigns, rewards and ledgers, for the first page of the admin."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from members.staff.home import Work
from points.actions.change_reward import CHANGE
from points.actions.draft_campaign import DRAFT as DRAFT_CAMPAIGN
from points.actions.draft_rule_change import DRAFT as DRAFT_RULE
from points.staff.adjusting import PROPOSE

ALL = (
    (
        DRAFT_RULE,
        Work(
            _("Earning rules"),
            _("What members earn points for. Draft a change or a new rule, and try it on what really happened."),
            "earning_rules:index",
        ),
    ),
    (
        DRAFT_CAMPAIGN,
        Work(
            _("Campaigns"),
            _("For a while, some rules pay more. You draft one, and a second person approves it."),
            "earning_campaigns:index",
        ),
    ),
    (
        CHANGE,
        Work(
            _("Rewards"),
            _("What points are redeemed for: prices, limits, pictures, and when each is offered."),
            "rewards:index",
        ),
    ),
    (
        PROPOSE,
        Work(
            _("Members' points"),
            _("Find a member, see what was booked, and put right what went wrong."),
            "points_ledgers:index",
        ),
    ),
)


def work_with_points(request: HttpRequest) -> list[Work]:
    """As far as this person may do it."""
    return [
        Work(work.what, work.words, reverse(work.url)) for permission, work in ALL if request.user.has_perm(permission)
    ]
