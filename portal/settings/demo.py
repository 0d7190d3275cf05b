"""The embedded default: everything on this machine, nothing leaves it."""

from portal.settings.base import *  # noqa: F403
from portal.settings.base import LOGGING, SANDBOX_SECRET, env

DEMO = True
ALLOWED_HOSTS = ["*"]
TOPUP_PROVIDER = env.str("TOPUP_PROVIDER", "points.rewards.http_top_ups.SandboxTopUps")
TOPUP_URL = env.str("TOPUP_URL", "http://127.0.0.1:8002")
SANDBOX_URL = env.str("SANDBOX_URL", "http://127.0.0.1:8001")
TOPUP_SECRET = env.str("TOPUP_SECRET", SANDBOX_SECRET)
VISIT_SYSTEM = env.str("VISIT_SYSTEM", "benefits.http_visits.SandboxVisits")
VISIT_SYSTEM_URL = env.str("VISIT_SYSTEM_URL", "http://127.0.0.1:8003")
VISIT_SYSTEM_SECRET = env.str("VISIT_SYSTEM_SECRET", SANDBOX_SECRET)
LOGGING["handlers"]["console"]["formatter"] = "readable"
LOGGING["root"]["level"] = env.str("LOG_LEVEL", "WARNING")
