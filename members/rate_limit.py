"""How often a key may be used: so many requests in each minute of the clock."""

import time

from django.conf import settings
from django.core.cache import caches

from members.models import ApiKey

MINUTE = 60


def seconds_to_wait(key: ApiKey) -> int:
    """0 when this request is within the limit, else the seconds until the next minute. Counts the request."""
    now = time.time()
    window = int(now // MINUTE)
    cache = caches["process"]
    name = f"api-requests:{key.pk}:{window}"
    cache.add(name, 0, timeout=2 * MINUTE)
    if cache.incr(name) <= settings.API_REQUESTS_PER_MINUTE:
        return 0
    return max(1, round((window + 1) * MINUTE - now))
