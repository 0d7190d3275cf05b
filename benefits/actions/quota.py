"""What a booking or a case takes of an entitlement: held, then used or free again.

In the transaction of whoever has locked the entitlement. In SQL, as every booking holds one (see `book_visit`).
"""

from django.db import connection

HOLD = "UPDATE benefits_entitlement SET held = held + 1, family_used = family_used + %s WHERE id = %s"
SPEND = "UPDATE benefits_entitlement SET held = held - 1, used = used + 1 WHERE id = %s"
# What tier or policy give may be less than when it was booked: what was honoured until now is not given anew.
FREE = """
    UPDATE benefits_entitlement AS mine SET
        held = held - 1,
        family_used = family_used - %(family)s,
        quota = CASE WHEN mine.source = 'grant' OR mine.quota IS NULL OR terms.quota IS NULL THEN mine.quota
            ELSE least(mine.quota, greatest(terms.quota, held - 1 + used)) END,
        family_quota = CASE WHEN mine.source = 'grant' THEN mine.family_quota
            ELSE least(mine.family_quota, greatest(terms.family_quota, family_used - %(family)s)) END
    FROM benefits_allowance AS terms
    WHERE terms.id = mine.allowance_id AND mine.id = %(mine)s
"""


def hold(entitlement_id: int, *, for_family: bool) -> None:
    """The database refuses what the quota does not give (benefits_quota_is_never_oversold)."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [int(for_family), entitlement_id])


def spend(entitlement_id: int) -> None:
    """What was held counts as used."""
    with connection.cursor() as cursor:
        cursor.execute(SPEND, [entitlement_id])


def free(entitlement_id: int, *, for_family: bool) -> None:
    """The quota has it back, family's share included, as far as the terms still give it."""
    with connection.cursor() as cursor:
        cursor.execute(FREE, {"family": int(for_family), "mine": entitlement_id})
