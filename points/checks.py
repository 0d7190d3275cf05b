"""What an installation must not start with, found by `manage.py check`."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from points.rewards.providers import top_up_provider


@register(Tags.security)
def top_ups_are_real(**_: Any) -> list[CheckMessage]:
    """Members must not pay points for what nobody delivers. No provider at all is fine: nothing is offered then."""
    try:
        provider = top_up_provider()
    except ImportError as error:
        return [Error(f"TOPUP_PROVIDER: {error}", id="points.E001")]
    if settings.DEMO or provider is None:
        return []
    if provider.simulated:
        hint = "points.rewards.http_top_ups.HttpTopUps asks a real one; empty, nobody is topped up."
        return [Error("TOPUP_PROVIDER names a simulated provider.", hint=hint, id="points.E001")]
    if not (settings.TOPUP_URL.startswith("https://") and settings.TOPUP_SECRET):
        return [Error("TOPUP_URL (https) and TOPUP_SECRET are needed by a provider.", id="points.E002")]
    return []
