"""Customers are told what has become of their tier."""

from datetime import timedelta

from django.db import transaction

from benefits.actions.one_by_one import one_by_one
from benefits.events import (
    TierDowngradeWarned,
    TierLowered,
    TierUpgraded,
    tier_downgrade_warned,
    tier_lowered,
    tier_upgraded,
)
from benefits.models import TierAssessment, TierNotice

Outcome = TierAssessment.Outcome
NOTICES_AT_ONCE = 500


def tell_of_tiers() -> int:
    """Sends the facts of all notices, oldest first, each in a transaction of its own; returns how many were told.

    What a listener can't take for one customer keeps nobody else from theirs; the next run tries it again. Raises
    FAULTS_OF_THE_MOMENT.
    """
    told = after = 0
    while notices := list(
        TierNotice.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:NOTICES_AT_ONCE]
    ):
        told += one_by_one(notices, tell_of_tier, fault="tier_not_told")
        after = notices[-1]
    return told


@transaction.atomic
def tell_of_tier(notice_id: int) -> bool:
    """False where it is told of already, or somebody else is at it."""
    notices = TierNotice.objects.select_for_update(of=("self",), skip_locked=True).select_related("assessment")
    notice = notices.filter(pk=notice_id).first()
    if notice is None:
        return False
    found = notice.assessment
    notice.delete()
    about = {"assessment_id": found.pk, "customer_id": found.customer_id}
    if found.outcome in (Outcome.BEGUN, Outcome.RAISED):
        upgraded = TierUpgraded(**about, tier=found.after, since=found.assessed_on)
        tier_upgraded.send(TierUpgraded, fact=upgraded)
    elif found.outcome == Outcome.WARNED:
        assert found.buffer_to
        warned = TierDowngradeWarned(**about, tier=found.reached, from_day=found.buffer_to + timedelta(days=1))
        tier_downgrade_warned.send(TierDowngradeWarned, fact=warned)
    else:
        lowered = TierLowered(**about, tier=found.after, since=found.assessed_on)
        tier_lowered.send(TierLowered, fact=lowered)
    return True
