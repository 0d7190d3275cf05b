"""What the staff's roles may do with tiers, entitlements, providers, bookings and settlements."""

from collections.abc import Mapping
from typing import Any

from django.apps import apps as all_apps

from members.roles import Role, grant_permissions

SEE_TIERS = frozenset({"view_tierperiod"})
SEE_PROVIDERS = frozenset({"view_provider", "view_site", "view_contract"})
SEE_USE = frozenset({"view_entitlement", "view_booking", "view_case"})
SEE_PAYMENT = frozenset({"view_settlement", "view_linedispute"})
SEE = SEE_TIERS | SEE_PROVIDERS | SEE_USE | SEE_PAYMENT
RUN = SEE | {
    *("add_provider", "change_provider", "add_contract", "change_contract", "open_case"),
    *("close_settlement", "decide_linedispute", "view_deskworker", "add_deskworker", "delete_deskworker"),
}
MAY: Mapping[Role, frozenset[str]] = {
    Role.MARKETING_EDITOR: frozenset(),
    Role.APPROVER: SEE_TIERS,
    Role.NOTIFICATION_OPERATOR: frozenset(),
    Role.SERVICE_AGENT: SEE_TIERS | SEE_USE | {"open_case"},
    Role.BENEFITS_MANAGER: RUN,
    Role.ANALYST: SEE,
    Role.ADMINISTRATOR: RUN,
}


def grant_benefits_permissions(*, apps: Any = all_apps, **_kwargs: Any) -> None:
    """Receiver of post_migrate."""
    grant_permissions("benefits", MAY, apps=apps)
