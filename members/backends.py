"""Logging in by mobile number."""

from django.contrib.auth.backends import ModelBackend


class MobileBackend(ModelBackend):
    """Password log-in; the number may be written as people write it (the manager puts it right)."""
