"""Comparing bookings with what they hold, on record."""

from benefits.auditing import BenefitsDiffer, audit
from benefits.models import BenefitsAudit


def audit_benefits() -> None:
    """Records that it was compared, and what differs. Raises BenefitsDiffer."""
    try:
        audit()
    except BenefitsDiffer as error:
        BenefitsAudit.objects.bulk_create(BenefitsAudit(difference=str(each)) for each in error.differences)
        raise
    BenefitsAudit.objects.create()
