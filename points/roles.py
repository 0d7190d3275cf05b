"""What the staff's roles may do with ledgers, earning rules, campaigns, rewards, their codes, and redemptions."""

from collections.abc import Mapping
from typing import Any

from django.apps import apps as all_apps

from members.roles import Role, grant_permissions

SEE_EARNING = frozenset({"view_earningrule", "view_rulechange", "view_earningcampaign"})
SIMULATE = frozenset({"simulate_rulechange"})
DRAFT = SIMULATE | {"add_rulechange", "add_earningcampaign"}
DECIDE = frozenset({"decide_rulechange", "decide_earningcampaign"})
PAYMENTS = frozenset({"view_rulepayment", "decide_rulepayment", "take_back_rulepayment"})
SEE_REWARDS = frozenset({"view_reward", "view_voucherbatch", "view_redemption", "view_charityproject"})
RUN_REWARDS = SEE_REWARDS | {
    *("change_reward", "add_voucherbatch", "withdraw_voucherbatch", "settle_redemption"),
    *("add_charityproject", "change_charityproject"),
}
#: Above what one person books alone, a second one decides.
ADJUST = frozenset({"view_account", "view_pointadjustment", "add_pointadjustment"})
DECIDE_ADJUSTMENTS = frozenset({"decide_pointadjustment"})
#: Of a reward that was delivered; a second person always decides.
GIVE_BACK = frozenset({"view_redemption", "add_givingback"})
DECIDE_GIVING_BACK = frozenset({"decide_givingback"})
#: Who drafts and who approves are told apart by the person, not by the role: two administrators may, one may not.
MAY: Mapping[Role, frozenset[str]] = {
    Role.MARKETING_EDITOR: SEE_EARNING | DRAFT,
    Role.APPROVER: SEE_EARNING | SIMULATE | DECIDE | PAYMENTS,
    Role.NOTIFICATION_OPERATOR: frozenset(),
    Role.SERVICE_AGENT: ADJUST | GIVE_BACK,
    Role.BENEFITS_MANAGER: RUN_REWARDS | ADJUST | DECIDE_ADJUSTMENTS | GIVE_BACK | DECIDE_GIVING_BACK,
    Role.ANALYST: SEE_EARNING | SIMULATE | SEE_REWARDS | {"see_liability"},
    Role.ADMINISTRATOR: SEE_EARNING
    | DRAFT
    | DECIDE
    | PAYMENTS
    | RUN_REWARDS
    | ADJUST
    | DECIDE_ADJUSTMENTS
    | GIVE_BACK
    | DECIDE_GIVING_BACK
    | {"see_liability"},
}


def grant_points_permissions(*, apps: Any = all_apps, **_kwargs: Any) -> None:
    """Receiver of post_migrate."""
    grant_permissions("points", MAY, apps=apps)
