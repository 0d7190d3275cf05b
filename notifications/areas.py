"""What the catalogue's areas are called."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

AREAS: dict[str, str | Promise] = {
    "sales": _("New business"),
    "underwriting": _("Underwriting"),
    "issuance": _("Issuance"),
    "renewal": _("Renewal"),
    "policy_admin": _("Policy changes"),
    "claims": _("Claims"),
    "benefit_payout": _("Payouts"),
    "investment": _("Investment"),
    "loan": _("Policy loans"),
    "complaint": _("Complaints"),
    "hotline": _("Hotline"),
    "verification": _("Verification"),
    "other": _("Other"),
    "membership": _("Membership"),
    "points": _("Points"),
    "reward": _("Rewards"),
    "benefit": _("VIP benefits"),
    "festival": _("Service festival"),
    "survey": _("Surveys"),
    "knowledge": _("Knowledge"),
    "health": _("Health"),
    "suggestion": _("Suggestions"),
    "commitment": _("Service commitments"),
    "service": _("Self-service"),
    "policy": _("Policies"),
}


def area_name(area: str) -> str:
    """The area in the reader's language, its code if it has no name."""
    return str(AREAS.get(area, area))
