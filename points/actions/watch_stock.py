"""Noting since when little of a reward is left: it stands on the staff's first page until there is more."""

from django.db import transaction
from django.utils import timezone

from points.models import Reward
from points.rewards.rules import left_of


def note_if_low(reward: Reward) -> None:
    """In the caller's transaction, after it has taken from the stock or added to it.

    Two buyers at once may each overlook the other; whoever comes next, or `watch_stock`, makes up for it.
    """
    reward.refresh_from_db(fields=["stock"])
    left = left_of(reward, timezone.localdate(), at_most=reward.alert_below + 1)
    if left is None or left > reward.alert_below:
        Reward.objects.filter(pk=reward.pk, low_since__isnull=False).update(low_since=None)
    else:
        Reward.objects.filter(pk=reward.pk, low_since=None).update(low_since=timezone.now())


def watch_stock() -> None:
    """Daily: what ran low without anybody's doing, as codes expire."""
    for reward in Reward.objects.filter(is_on_sale=True):
        with transaction.atomic():
            note_if_low(reward)
