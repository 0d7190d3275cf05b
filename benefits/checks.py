"""What an installation must not start with, found by `manage.py check`."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from benefits.provider_systems import visit_system


@register(Tags.security)
def visits_are_real(**_: Any) -> list[CheckMessage]:
    """Members must not be told that a provider has confirmed what it never heard of."""
    try:
        system = visit_system()
    except ImportError as error:
        return [Error(f"VISIT_SYSTEM: {error}", id="benefits.E001")]
    if settings.DEMO or system is None:
        return []
    if system.simulated:
        hint = "benefits.http_visits.HttpVisits tells real ones; empty, nobody is told."
        return [Error("VISIT_SYSTEM names a simulated system.", hint=hint, id="benefits.E001")]
    if not (settings.VISIT_SYSTEM_URL.startswith("https://") and settings.VISIT_SYSTEM_SECRET):
        return [Error("VISIT_SYSTEM_URL (https) and VISIT_SYSTEM_SECRET are needed by a system.", id="benefits.E002")]
    return []
