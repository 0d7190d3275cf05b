"""The suite: real PostgreSQL, tasks run where they are called unless a test starts workers."""

from portal.settings.base import *  # noqa: F403
from portal.settings.base import LOGGING, STORAGES

DEMO = True
TOPUP_PROVIDER = "points.rewards.http_top_ups.SandboxTopUps"
VISIT_SYSTEM = "benefits.http_visits.SandboxVisits"
ANYMAIL = {"WEBHOOK_SECRET": "provider:a secret between provider and platform"}
ALLOWED_HOSTS = ["*"]
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
LOGGING["handlers"]["console"]["formatter"] = "readable"
