"""Logging in by mobile number."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest


class MobileBackend(ModelBackend):
    """Password log-in; the number may be written as people write it (the manager puts it right)."""

    def authenticate(  # type: ignore[override]  # allauth calls the number `phone`
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **extra: Any
    ) -> AbstractBaseUser | None:
        return super().authenticate(request, username=username or extra.get("phone"), password=password)
