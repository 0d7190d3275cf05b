"""Assesses a shard of customers, or some by name: one transaction, in statements for all of them at once."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from benefits import tier_sql
from benefits.actions.tiers_changed import TierChange, tiers_changed
from benefits.models import TierPeriod, TierTerms

#: Held by each transaction that assesses: what two found of one customer at once, both would write.
ASSESSING = 0x71E25


@dataclass(frozen=True)
class Shard:
    """Customers by id: those after `after`, up to `upto` inclusive."""

    after: int
    upto: int


@dataclass(frozen=True)
class Assessed:
    """`policies`: how many counted. `findings`: how many customers, by outcome, but those whose tier is unchanged."""

    policies: int
    findings: Counter[str]


class NoTierTerms(Exception):
    """The catalogue is not loaded, or its rules are not in force yet on that day."""


def terms_in_force(on: date) -> TierTerms:
    """Raises NoTierTerms."""
    terms = TierTerms.objects.in_force(on=on).first()
    if terms is None:
        raise NoTierTerms(on)
    return terms


@transaction.atomic
def assess(
    who: Shard | Collection[int], *, on: date, terms: TierTerms, cause: TierPeriod.Cause, count: bool = False
) -> Assessed:
    """The tiers of these customers as of that day, by the policies as the mirror has them now.

    The same again changes nothing. `count`: to know `policies`, too.
    """
    lock_assessing()
    asked: dict[str, Any]
    if isinstance(who, Shard):
        scope, asked = tier_sql.SHARD, {"after": who.after, "upto": who.upto}
    else:
        scope, asked = tier_sql.THESE, {"customers": sorted(who)}
    known = tier_sql.parameters(terms, on) | asked | {"cause": str(cause)}
    with connection.cursor() as cursor:
        cursor.execute(tier_sql.CLEAR)  # whatever somebody may have put there
        cursor.execute(tier_sql.scoped(tier_sql.COUNT_POLICIES, scope, customer="role.customer_id"), known)
        cursor.execute(tier_sql.scoped(tier_sql.FIND, scope, customer="period.customer_id"), known)
        for statement in tier_sql.PERIODS:
            cursor.execute(statement, known)
        cursor.execute(tier_sql.KEEP, known)
        changes = [TierChange(pk, customer, *rest) for pk, customer, *rest in cursor.fetchall()]
        policies = 0
        if count:
            cursor.execute(tier_sql.POLICIES_COUNTED)
            (policies,) = cursor.fetchone()
        cursor.execute(tier_sql.CLEAR)
    tiers_changed(changes, on=on)
    return Assessed(policies, Counter(change.outcome for change in changes))


def lock_assessing() -> None:
    """Until the transaction ends. Taken before the policies are read, so that the second sees what the first did."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ASSESSING])
