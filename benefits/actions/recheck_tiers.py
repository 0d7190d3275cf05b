"""Policies have changed: whose they are is marked at once; right after tiers are assessed, and entitlements follow."""

from collections.abc import Collection
from datetime import date

from django.db import connection, transaction

from benefits.actions.assess_shard import assess, lock_assessing, terms_in_force
from benefits.actions.refresh_entitlements import lock_customers, refresh_entitlements
from benefits.models import TierPeriod

CUSTOMERS_AT_ONCE = 2_000


@transaction.atomic
def mark_customers(*, policy_ids: Collection[int], former_ids: Collection[int] = ()) -> None:
    """Whoever holds one of these policies or is insured by it, and `former_ids`, customers who held one until now."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO benefits_tierrecheck (customer_id)
            SELECT customer_id FROM members_policyrole WHERE role IN ('policyholder', 'insured') AND policy_id = ANY(%s)
            UNION SELECT unnest(%s::bigint[])
            """,
            [list(policy_ids), list(former_ids)],
        )


def recheck_tiers(*, on: date) -> int:
    """How many marks were worked off. Raises NoTierTerms; the marks stay then."""
    terms, worked_off = terms_in_force(on), 0
    while True:
        with transaction.atomic():
            lock_assessing()
            # Before the policies are read: what is committed after this statement has a mark of its own.
            marked = take_marks()
            if not marked:
                return worked_off
            # All at once: whose tier moves, their entitlements are refreshed first, and a refresh of everybody may be
            # in between.
            lock_customers(marked)
            assess(set(marked), on=on, terms=terms, cause=TierPeriod.Cause.POLICY_CHANGE)
            refresh_entitlements(customer_ids=set(marked), on=on)
        worked_off += len(marked)


def take_marks() -> list[int]:
    """Ids of customers, as often as they were marked."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM benefits_tierrecheck WHERE id IN (
                SELECT id FROM benefits_tierrecheck ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
            ) RETURNING customer_id
            """,
            [CUSTOMERS_AT_ONCE],
        )
        return [customer_id for (customer_id,) in cursor.fetchall()]
