"""What follows from a change of tiers, in its transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from benefits.actions.refresh_entitlements import refresh_entitlements
from benefits.models import TierAssessment


@dataclass(frozen=True)
class TierChange:
    """`before`, `after`: tiers, empty for none; the same where a tier was renewed, or was warned about."""

    assessment_id: int
    customer_id: int
    outcome: str
    before: str
    after: str


def tiers_changed(changes: Sequence[TierChange], *, on: date) -> None:
    """Gives the entitlements of the new tiers, and takes those of the old ones.

    Notes whom to tell; they are told one by one later (`tell_of_tiers`), as there may be a hundred thousand.

    In one statement, not through the ORM, for the same reason.
    """
    if moved := [change.customer_id for change in changes if change.before != change.after]:
        refresh_entitlements(customer_ids=moved, on=on)
    told = [change.assessment_id for change in changes if change.outcome in TierAssessment.TOLD]
    if told:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO benefits_tiernotice (assessment_id) SELECT unnest(%s)", [told])
