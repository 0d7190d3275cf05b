"""Telling customers what they have gained, and in time what they would lose."""

from datetime import date, timedelta
from functools import partial

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import F, Q

from benefits.actions.one_by_one import one_by_one
from benefits.events import QuotaExpiring, QuotaGranted, quota_expiring, quota_granted
from benefits.models import Entitlement, Service

#: Days before a benefit year ends.
WARNING = 30
#: How late a warning still comes: as long as the daily task may have been down over a weekend.
LATEST = 3
SOMETHING_LEFT = Q(quota=None) | Q(quota__gt=F("held") + F("used"))


def tell_of_gains(*, on: date) -> int:
    """Tells all who have gained something since they were last told; returns how many customers that were.

    One transaction each, with what listeners make of it: killed in between, the next run tells the others. What can't
    be told to one customer keeps nobody else from being told, and is tried again. Raises FAULTS_OF_THE_MOMENT.
    """
    # Of a year that is made ahead they are told when it begins.
    untold = Entitlement.objects.filter(gained_at__isnull=False, starts_on__lte=on)
    customers = untold.values_list("customer", flat=True).distinct().order_by("customer")
    return one_by_one(customers, partial(tell_of_gain, on=on), fault="gain_not_told")


@transaction.atomic
def tell_of_gain(customer_id: int, *, on: date) -> bool:
    """All of it at once; nothing where it is gone again meanwhile. Whether there was something to tell."""
    gained = Entitlement.objects.filter(customer=customer_id, gained_at__isnull=False, starts_on__lte=on)
    locked = list(gained.select_for_update().order_by("pk").values_list("pk", "gained_at"))
    usable = Entitlement.objects.filter(SOMETHING_LEFT, pk__in=[pk for pk, _ in locked], withdrawn_on=None)
    ids = tuple(usable.filter(ends_on__gte=on).order_by("service", "ends_on").values_list("pk", flat=True))
    gained.update(gained_at=None)
    if not ids:
        return False
    key = f"{customer_id}:{max(at for _, at in locked if at):%Y%m%d%H%M%S%f}"
    quota_granted.send(QuotaGranted, fact=QuotaGranted(customer_id, ids, key))
    return True


def tell_of_expiry(*, on: date) -> int:
    """Tells of what ends within 30 days and is not used up; returns how many times, also where it was told before.

    Whoever listens tells each customer once of one day. What has no end, or is there by itself, is no loss.
    """
    ending = (
        Entitlement.objects.filter(
            SOMETHING_LEFT,
            quota__isnull=False,
            withdrawn_on=None,
            ends_on__gt=on + timedelta(days=WARNING - LATEST),
            ends_on__lte=on + timedelta(days=WARNING),
        )
        .exclude(service__mode=Service.Mode.AUTOMATIC)
        .values_list("customer", "ends_on")
        .annotate(ids=ArrayAgg("pk", ordering=("service", "pk")))
        .order_by("customer", "ends_on")
    )
    told = 0
    for customer_id, ends_on, ids in ending.iterator():
        # Robust: what can't be told to one customer (Django logs it) keeps nobody else from being told.
        quota_expiring.send_robust(QuotaExpiring, fact=QuotaExpiring(customer_id, tuple(ids), ends_on))
        told += 1
    return told
