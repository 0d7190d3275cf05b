"""Telling staff that little is left, once, and again after there was more."""

from django.db import transaction
from django.utils import timezone

from points.events import VoucherStockLow, voucher_stock_low
from points.models import Reward
from points.rewards.rules import left_of


def tell_if_low(reward: Reward) -> None:
    """In the caller's transaction, after it has taken from the stock or added to it.

    Two buyers at once may each overlook the other; whoever comes next, or `watch_stock`, makes up for it.
    """
    reward.refresh_from_db(fields=["stock"])
    left = left_of(reward, timezone.localdate(), at_most=reward.alert_below + 1)
    is_low = left is not None and left <= reward.alert_below
    if not is_low:
        Reward.objects.filter(pk=reward.pk, low_since__isnull=False).update(low_since=None)
    elif Reward.objects.filter(pk=reward.pk, low_since=None).update(low_since=timezone.now()):
        assert left is not None
        voucher_stock_low.send(VoucherStockLow, fact=VoucherStockLow(reward.pk, reward.sku, left))


def watch_stock() -> None:
    """Daily: what ran low without anybody's doing, as codes expire."""
    for reward in Reward.objects.filter(is_on_sale=True):
        with transaction.atomic():
            tell_if_low(reward)
