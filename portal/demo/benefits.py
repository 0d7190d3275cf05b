"""VIP tiers since three months ago, and what they and the policies give; the nightly tasks go on from there."""

from dateutil.relativedelta import relativedelta
from django.utils import timezone

from benefits.actions.assess_tiers import assess_tiers
from benefits.actions.refresh_entitlements import refresh_entitlements
from benefits.models import AssessmentRun, TierPeriod
from benefits.settlement_month import month_of

MONTHS = 3


def give_benefits() -> None:
    """In no transaction. What was given in the past is given once."""
    today = timezone.localdate()
    first = month_of(today) - relativedelta(months=MONTHS)
    for day in [today] if AssessmentRun.objects.exists() else [first, today]:
        assess_tiers(on=day, cause=TierPeriod.Cause.MONTHLY)
        refresh_entitlements(customer_ids=None, on=day)
