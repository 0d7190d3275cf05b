"""What the staff's roles may do with rewards, their codes, and redemptions in doubt."""

from collections.abc import Mapping
from typing import Any

from django.apps import apps as all_apps

from members.roles import Role, grant_permissions

LOOK = frozenset({"view_reward", "view_voucherbatch", "view_redemption", "view_charityproject"})
RUN_REWARDS = LOOK | {
    *("change_reward", "add_voucherbatch", "withdraw_voucherbatch", "settle_redemption"),
    *("add_charityproject", "change_charityproject"),
}
MAY: Mapping[Role, frozenset[str]] = {
    Role.MARKETING_EDITOR: frozenset(),
    Role.APPROVER: frozenset(),
    Role.NOTIFICATION_OPERATOR: frozenset(),
    Role.SERVICE_AGENT: frozenset({"view_redemption"}),
    Role.BENEFITS_MANAGER: RUN_REWARDS,
    Role.ANALYST: LOOK,
    Role.ADMINISTRATOR: RUN_REWARDS,
}


def grant_points_permissions(*, apps: Any = all_apps, **_kwargs: Any) -> None:
    """Receiver of post_migrate."""
    grant_permissions("points", MAY, apps=apps)
