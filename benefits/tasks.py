"""Thin tasks around actions. A task is a nudge: what is to be done stands in the database, and any may run twice."""

import structlog
from celery import shared_task
from django.utils import timezone

from benefits.actions.refresh_entitlements import refresh_entitlements
from benefits.actions.tell_of_benefits import tell_of_expiry
from benefits.actions.tell_of_benefits import tell_of_gains as tell_gains
from members.alone import alone

log = structlog.get_logger(__name__)
#: For what looks at every customer.
A_NIGHT_SECONDS = 6 * 3600
REFRESHING, TELLING_OF_GAINS, WARNING = 0xBE0E1, 0xBE0E2, 0xBE0E3


@shared_task(time_limit=A_NIGHT_SECONDS)
def refresh_all_entitlements() -> None:
    """Early every day, and some hours more: a run that was killed goes on, one that was not finds nothing to do."""
    with alone(REFRESHING) as free:
        if free:
            refreshed = refresh_entitlements(customer_ids=None, on=timezone.localdate())
            log.info("entitlements_refreshed", created=refreshed.created, changed=refreshed.changed)


@shared_task(time_limit=A_NIGHT_SECONDS)
def tell_of_gains() -> None:
    """Every minute; nobody is told twice."""
    with alone(TELLING_OF_GAINS) as free:
        if free:
            tell_gains(on=timezone.localdate())


@shared_task(time_limit=A_NIGHT_SECONDS)
def tell_of_quota_expiry() -> None:
    """Daily; nobody is told twice."""
    with alone(WARNING) as free:
        if free:
            tell_of_expiry(on=timezone.localdate())
