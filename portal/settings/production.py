"""A real installation. Refuses to start when something that must be set is not, or is what the demo uses."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

REQUIRED = (
    *("SECRET_KEY", "FIELD_KEYS", "BLIND_INDEX_KEY", "OIDC_SIGNING_KEY"),
    *("DATABASE_URL", "CELERY_BROKER_URL", "ALLOWED_HOSTS"),
)
SECRETS = (
    *("SECRET_KEY", "FIELD_KEYS", "BLIND_INDEX_KEY", "OIDC_SIGNING_KEY"),
    *("SANDBOX_SECRET", "TOPUP_SECRET", "VISIT_SYSTEM_SECRET"),
)
SHORTEST_SECRET = 32


def refuse_to_start_half_set_up(demo_secrets: Path) -> None:
    """Raises ImproperlyConfigured, naming the variable and never its value."""
    if os.environ.get("DEBUG", "").lower() not in {"", "0", "false", "no", "off"}:
        raise ImproperlyConfigured("DEBUG must not be set in production: its error pages show personal data.")
    for name in REQUIRED:
        if not os.environ.get(name):
            raise ImproperlyConfigured(f"{name} is not set; see the table of environment variables in README.md.")
    if len(os.environ["SECRET_KEY"]) < SHORTEST_SECRET or len(set(os.environ["SECRET_KEY"])) < 10:
        raise ImproperlyConfigured(f"SECRET_KEY is too weak: at least {SHORTEST_SECRET} random characters.")
    if demo_secrets.exists():
        known = {line.partition("=")[2] for line in demo_secrets.read_text().splitlines()}
        for name in SECRETS:
            if os.environ.get(name) in known:
                raise ImproperlyConfigured(f"{name} is that of the demo; make one for this installation.")


# Before anything is read: the first thing missing is to be named as the table in README.md names it.
refuse_to_start_half_set_up(
    Path(os.environ.get("BANYAN_VAR") or Path(__file__).parent.parent.parent / "var") / "secrets.env"
)

from portal.settings.base import *  # noqa: E402, F403
from portal.settings.base import SILENCED_SYSTEM_CHECKS, env  # noqa: E402

DEMO = False
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
# A load balancer asks by plain HTTP from inside.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# W019: Wagtail's preview is a frame of our own pages. W021: to be in browsers' preload list is the domain's decision.
SILENCED_SYSTEM_CHECKS += ["security.W019", "security.W021"]
