"""When a key was last used: enough to find the forgotten ones, not a log."""

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from members.models import ApiKey

#: Nobody needs it exactly, and one row written by every request would stand in all their ways.
EVERY = timedelta(minutes=5)


def record_api_key_use(*, key: ApiKey) -> None:
    before = timezone.now() - EVERY
    if key.last_used_at is None or key.last_used_at < before:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=before)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=Now())
