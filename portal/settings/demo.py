"""The embedded default: everything on this machine, nothing leaves it."""

from portal.settings.base import *  # noqa: F403
from portal.settings.base import LOGGING, env

DEMO = True
ALLOWED_HOSTS = ["*"]
SANDBOX_URL = env.str("SANDBOX_URL", "http://127.0.0.1:8001")
LOGGING["handlers"]["console"]["formatter"] = "readable"
LOGGING["root"]["level"] = env.str("LOG_LEVEL", "WARNING")
