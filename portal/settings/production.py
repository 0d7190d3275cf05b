"""A real installation. Refuses to start when something that must be set is not, or is what the demo uses."""

from django.core.exceptions import ImproperlyConfigured

from portal.settings.base import *  # noqa: F403
from portal.settings.base import SECRET_KEY, VAR, env

DEMO = False
REQUIRED = ("SECRET_KEY", "FIELD_KEYS", "BLIND_INDEX_KEY", "DATABASE_URL", "CELERY_BROKER_URL", "ALLOWED_HOSTS")
SECRETS = ("SECRET_KEY", "FIELD_KEYS", "BLIND_INDEX_KEY", "SANDBOX_SECRET")
SHORTEST_SECRET = 32

if env.bool("DEBUG", False):
    raise ImproperlyConfigured("DEBUG must not be set in production: its error pages show personal data.")
for _name in REQUIRED:
    if not env.str(_name, ""):
        raise ImproperlyConfigured(f"{_name} is not set; see the table of environment variables in README.md.")
if len(SECRET_KEY) < SHORTEST_SECRET or len(set(SECRET_KEY)) < 10:
    raise ImproperlyConfigured(f"SECRET_KEY is too weak: at least {SHORTEST_SECRET} random characters.")
if (VAR / "secrets.env").exists():
    _demo = (VAR / "secrets.env").read_text().split()
    for _name in SECRETS:
        if any(env.str(_name, "") == line.partition("=")[2] for line in _demo):
            raise ImproperlyConfigured(f"{_name} is that of the demo; make one for this installation.")

SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
# A load balancer asks by plain HTTP from inside.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", [])
