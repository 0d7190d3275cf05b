"""Revoking a key: at once, for good."""

from django.db.models.functions import Now

from members.models import ApiKey


def revoke_api_key(*, prefix: str) -> ApiKey:
    """The revoked key; when it was revoked before, that time stays. Raises ApiKey.DoesNotExist."""
    ApiKey.objects.live().filter(prefix=prefix).update(revoked_at=Now())
    return ApiKey.objects.get(prefix=prefix)
