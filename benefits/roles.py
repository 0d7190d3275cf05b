"""What the staff's roles may do with tiers, entitlements, providers, bookings and settlements."""

from collections.abc import Mapping
from typing import Any

from django.apps import apps as all_apps

from members.roles import Role, grant_permissions

SEE_TIERS = frozenset({"view_tierperiod"})
SEE_PROVIDERS = frozenset({"view_provider", "view_site", "view_contract", "view_blackoutday"})
RUN_PROVIDERS = frozenset(
    {"add_provider", "change_provider", "add_site", "change_site", "add_contract", "change_contract"}
    | {"add_blackoutday", "delete_blackoutday", "add_providerimport"}
)
SEE_USE = frozenset({"view_entitlement", "view_booking"})
SEE = SEE_TIERS | SEE_PROVIDERS | SEE_USE
RUN = SEE | RUN_PROVIDERS
MAY: Mapping[Role, frozenset[str]] = {
    Role.MARKETING_EDITOR: frozenset(),
    Role.APPROVER: SEE_TIERS,
    Role.NOTIFICATION_OPERATOR: frozenset(),
    Role.SERVICE_AGENT: SEE_TIERS | SEE_USE,
    Role.BENEFITS_MANAGER: RUN,
    Role.ANALYST: SEE,
    Role.ADMINISTRATOR: RUN,
}


def grant_benefits_permissions(*, apps: Any = all_apps, **_kwargs: Any) -> None:
    """Receiver of post_migrate."""
    grant_permissions("benefits", MAY, apps=apps)
