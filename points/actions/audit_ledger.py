"""Comparing the ledger with itself, on record."""

from points.auditing import LedgerDiffers, audit
from points.models import LedgerAudit


def audit_ledger() -> None:
    """Records that it was compared, and what differs. Raises LedgerDiffers."""
    try:
        audit()
    except LedgerDiffers as error:
        difference = error.difference
        LedgerAudit.objects.create(
            difference=f"{difference.what}: {difference.row_id}, {difference.written} ≠ {difference.reckoned}"
        )
        raise
    LedgerAudit.objects.create()
