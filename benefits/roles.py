"""What the staff's roles may do with tiers, entitlements, providers, bookings and settlements."""

from collections.abc import Mapping
from typing import Any

from django.apps import apps as all_apps

from members.roles import Role, grant_permissions

SEE_TIERS = frozenset({"view_tierperiod", "view_tierassessment", "view_tierterms"})
SIMULATE_TIERS = frozenset({"simulate_tierterms"})
DRAFT_TIERS = SIMULATE_TIERS | {"add_tierterms"}
#: Who drafts and who approves are told apart by the person, not by the role: two administrators may, one may not.
DECIDE_TIERS = SIMULATE_TIERS | {"decide_tierterms"}
SEE_PROVIDERS = frozenset({"view_provider", "view_site", "view_contract", "view_blackoutday"})
RUN_PROVIDERS = frozenset(
    {"add_provider", "change_provider", "add_site", "change_site", "add_contract", "change_contract"}
    | {"add_blackoutday", "delete_blackoutday", "add_providerimport"}
)
SEE_USE = frozenset({"view_entitlement", "view_booking", "view_case"})
#: Who proposes and who decides are told apart by the person, not by the role: two managers may, one may not.
GRANT = frozenset({"view_quotagrant", "add_quotagrant"})
DECIDE_GRANTS = frozenset({"view_quotagrant", "decide_quotagrant"})
SEE_PAYMENT = frozenset({"view_settlement", "view_linedispute"})
CALL_OFF = frozenset({"change_booking"})
RUN_DESKS = CALL_OFF | frozenset(
    {"open_case", "close_settlement", "decide_linedispute"} | {"view_deskworker", "add_deskworker", "delete_deskworker"}
)
SEE = SEE_TIERS | SEE_PROVIDERS | SEE_USE | SEE_PAYMENT
RUN = SEE | DRAFT_TIERS | RUN_PROVIDERS | RUN_DESKS | GRANT | DECIDE_GRANTS
MAY: Mapping[Role, frozenset[str]] = {
    Role.MARKETING_EDITOR: frozenset(),
    Role.APPROVER: SEE_TIERS | DECIDE_TIERS,
    Role.NOTIFICATION_OPERATOR: frozenset(),
    Role.SERVICE_AGENT: SEE_TIERS | SEE_USE | GRANT | CALL_OFF | {"open_case"},
    Role.BENEFITS_MANAGER: RUN,
    Role.ANALYST: SEE | SIMULATE_TIERS,
    Role.ADMINISTRATOR: RUN | DECIDE_TIERS,
}


def grant_benefits_permissions(*, apps: Any = all_apps, **_kwargs: Any) -> None:
    """Receiver of post_migrate."""
    grant_permissions("benefits", MAY, apps=apps)
