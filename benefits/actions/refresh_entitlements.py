"""Bringing entitlements up to what tiers and policies give on a day."""

from collections.abc import Collection, Iterator
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from benefits.booking_window import DAYS_AHEAD
from benefits.models import Allowance, Entitlement, TierPeriod
from members.models import Customer, Policy, PolicyRole

#: Customers of one transaction, when everybody's turn it is.
SHARD = 5_000
#: Days.
HALF_A_YEAR = 182

#: One statement: it sees one moment, and where somebody books meanwhile, PostgreSQL waits and reckons with what they
#: booked. `wanted` is what should be usable that day, or can be booked ahead on it, whatever was there before; so it
#: may run again at any time.
STATEMENT = """
WITH alive AS (
    SELECT id, kind FROM members_customer
    WHERE id = ANY(%(ids)s) AND (deceased_on IS NULL OR deceased_on > %(day)s)
),
-- The policy year that the day lies in, and the next one. A policy of 29 February has its anniversary on the 28th in
-- common years. One that is yet to begin begins with its first year; one that ends before its next year has none.
policy_year AS (
    SELECT role.customer_id, policy.id AS policy_id, product.product_code,
        policy.waiting_period_ends_on, policy.expires_on,
        (policy.effective_on + make_interval(years => year.number))::date AS starts_on,
        (policy.effective_on + make_interval(years => year.number + 1))::date - 1 AS ends_on
    FROM alive
    JOIN members_policyrole role ON role.customer_id = alive.id AND role.role = 'insured'
    JOIN members_policy policy ON policy.id = role.policy_id
    JOIN members_product product ON product.id = policy.product_id
    CROSS JOIN LATERAL (
        SELECT date_part('year', %(day)s::date)::int - date_part('year', policy.effective_on)::int AS between_them
    ) AS years
    CROSS JOIN LATERAL (
        SELECT greatest(0, years.between_them
            - (policy.effective_on + make_interval(years => years.between_them) > %(day)s)::int) AS passed
    ) AS full_years
    CROSS JOIN LATERAL (VALUES (full_years.passed), (full_years.passed + 1)) AS year (number)
    WHERE alive.kind = 'individual' AND policy.status = ANY(%(live)s)
),
-- Without a date there is no waiting period; on the date itself it is over (issuance.waiting_period_ended).
insured AS (
    SELECT *,
        waiting_period_ends_on IS NULL OR waiting_period_ends_on <= greatest(starts_on, %(day)s) AS has_waited
    FROM policy_year
    WHERE starts_on <= %(horizon)s AND (starts_on <= %(day)s OR expires_on IS NULL OR expires_on >= starts_on)
),
calendar_year AS (
    SELECT first::date AS starts_on, (first + interval '1 year')::date - 1 AS ends_on
    FROM generate_series(date_trunc('year', %(day)s::date), %(horizon)s::date, interval '1 year') AS year (first)
),
wanted AS MATERIALIZED (
    SELECT 'tier' AS source, period.customer_id, NULL::bigint AS policy_id, allowance.service_id,
        allowance.id AS allowance_id, allowance.quota, allowance.family_quota, year.starts_on, year.ends_on
    FROM alive
    CROSS JOIN calendar_year AS year
    JOIN benefits_tierperiod period ON period.customer_id = alive.id AND period.starts_on <= %(day)s
        AND (period.ended_on IS NULL OR period.ended_on > %(day)s)
    JOIN benefits_allowance allowance ON allowance.tier = period.tier
    UNION ALL
    SELECT 'product', insured.customer_id, insured.policy_id, allowance.service_id,
        allowance.id, allowance.quota, allowance.family_quota, insured.starts_on, insured.ends_on
    FROM insured
    JOIN benefits_allowance allowance ON allowance.product_code = insured.product_code
        AND (insured.has_waited OR NOT allowance.after_waiting_period)
),
-- Materialized: PostgreSQL takes a table that was empty for an empty one, and would read it anew for every row.
there AS MATERIALIZED (
    SELECT * FROM benefits_entitlement
    WHERE customer_id = ANY(%(ids)s) AND source IN ('tier', 'product')
        AND starts_on <= %(horizon)s AND ends_on >= %(day)s - %(half_a_year)s
),
-- The core may correct the day from which a policy runs: its year moves then, and what was used stays used. Years begin
-- a year apart, so of two that begin within half a year of each other one is the other, corrected.
nearest AS (
    SELECT DISTINCT ON (there.id) there.id, wanted.*, abs(there.starts_on - wanted.starts_on) AS days_apart
    FROM there
    JOIN wanted ON (there.source, there.customer_id, there.service_id)
            = (wanted.source, wanted.customer_id, wanted.service_id)
        AND there.policy_id IS NOT DISTINCT FROM wanted.policy_id
        AND abs(there.starts_on - wanted.starts_on) <= %(half_a_year)s
    ORDER BY there.id, days_apart
),
matched AS MATERIALIZED (
    SELECT DISTINCT ON (source, customer_id, policy_id, service_id, starts_on) *
    FROM nearest
    ORDER BY source, customer_id, policy_id, service_id, starts_on, days_apart, id
),
differing AS (
    SELECT there.id, wanted.allowance_id, wanted.quota, wanted.family_quota, wanted.starts_on, wanted.ends_on
    FROM there
    LEFT JOIN matched AS wanted ON wanted.id = there.id
    WHERE CASE WHEN wanted.id IS NULL THEN there.withdrawn_on IS NULL AND there.ends_on >= %(day)s
        ELSE (
            there.allowance_id, there.quota, there.family_quota, there.starts_on, there.ends_on, there.withdrawn_on
        ) IS DISTINCT FROM (
            wanted.allowance_id,
            CASE WHEN wanted.quota IS NULL THEN NULL ELSE greatest(wanted.quota, there.held + there.used) END,
            greatest(wanted.family_quota, there.family_used),
            wanted.starts_on,
            wanted.ends_on,
            NULL::date
        ) END
),
-- Locked in order of id, as whoever books locks the entitlements to a service: two that locked crosswise would wait for
-- each other.
touched AS MATERIALIZED (
    SELECT e.id, differing.allowance_id, differing.quota, differing.family_quota, differing.starts_on, differing.ends_on
    FROM differing JOIN benefits_entitlement e ON e.id = differing.id
    ORDER BY e.id
    FOR UPDATE OF e
),
-- Topped up after a rise, cut after a fall, but never below what is booked and used.
changed AS (
    UPDATE benefits_entitlement e SET
        allowance_id = wanted.allowance_id,
        quota = CASE WHEN wanted.quota IS NULL THEN NULL ELSE greatest(wanted.quota, e.held + e.used) END,
        family_quota = greatest(wanted.family_quota, e.family_used),
        starts_on = wanted.starts_on,
        ends_on = wanted.ends_on,
        withdrawn_on = NULL,
        gained_at = CASE
            WHEN wanted.quota IS NULL AND (e.quota IS NOT NULL OR e.withdrawn_on IS NOT NULL) THEN now()
            WHEN wanted.quota > e.held + e.used AND (wanted.quota > e.quota OR e.withdrawn_on IS NOT NULL) THEN now()
            ELSE e.gained_at
        END
    FROM touched AS wanted
    WHERE e.id = wanted.id AND wanted.allowance_id IS NOT NULL
    RETURNING e.id
),
created AS (
    INSERT INTO benefits_entitlement (
        source, customer_id, policy_id, service_id, allowance_id, quota, family_quota, starts_on, ends_on,
        held, used, family_used, gained_at
    )
    SELECT source, customer_id, policy_id, service_id, allowance_id, quota, family_quota, starts_on, ends_on,
        0, 0, 0, now()
    FROM wanted
    -- Not left to the conflict alone: each would use up a number.
    WHERE NOT EXISTS (
        SELECT FROM matched
        WHERE (matched.source, matched.customer_id, matched.service_id, matched.starts_on)
                = (wanted.source, wanted.customer_id, wanted.service_id, wanted.starts_on)
            AND matched.policy_id IS NOT DISTINCT FROM wanted.policy_id
    )
    ON CONFLICT DO NOTHING
    RETURNING id
),
withdrawn AS (
    UPDATE benefits_entitlement e SET withdrawn_on = %(day)s, gained_at = NULL
    FROM touched
    WHERE e.id = touched.id AND touched.allowance_id IS NULL
    RETURNING e.id
)
SELECT (SELECT count(*) FROM created), (SELECT count(*) FROM changed), (SELECT count(*) FROM withdrawn)
"""


@dataclass(frozen=True)
class Refreshed:
    """How many entitlements are new, have other terms or are back, and were withdrawn."""

    created: int = 0
    changed: int = 0
    withdrawn: int = 0

    def __add__(self, other: "Refreshed") -> "Refreshed":
        return Refreshed(*map(sum, zip(astuple(self), astuple(other), strict=True)))


def refresh_entitlements(*, customer_ids: Collection[int] | None, on: date) -> Refreshed:
    """Makes, tops up, cuts, withdraws and gives back what tiers and products give these customers on that day.

    A benefit year that begins within DAYS_AHEAD is there already, so that its first visits can be booked; the tier of
    today is taken for that of then.

    `customer_ids`: None is everybody, SHARD by SHARD, each in a transaction of its own: killed in between, it goes on
    when it is run again. A second run changes nothing. What is booked or used is never taken away, nor given anew
    where a policy's first day is corrected. What staff granted is left alone.
    """
    if customer_ids is not None:
        return refresh(list(customer_ids), on)
    return sum((refresh(shard, on) for shard in shards(on)), Refreshed())


@transaction.atomic
def refresh(ids: list[int], on: date) -> Refreshed:
    lock_customers(ids)
    with connection.cursor() as cursor:
        horizon = on + timedelta(days=DAYS_AHEAD)
        values: dict[str, Any] = {"ids": ids, "day": on, "horizon": horizon, "half_a_year": HALF_A_YEAR}
        values["live"] = list(Policy.LIVE)
        cursor.execute(STATEMENT, values)
        return Refreshed(*cursor.fetchone())


def lock_customers(ids: Collection[int]) -> None:
    """Until the transaction ends: two that refresh the same people would lock their entitlements crosswise.

    In order of id, so whoever refreshes more than once in a transaction calls this before, for all of them. In a
    statement of its own: what follows sees what the one before has committed.
    """
    list(Customer.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def shards(on: date) -> Iterator[list[int]]:
    """All whom a tier, a product or an entitlement of that day concerns, in order of id."""
    products = Allowance.objects.exclude(product_code="").values("product_code")
    last = 0
    while bounds := list(Customer.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:SHARD]):
        between = {"customer__pk__range": (bounds[0], bounds[-1])}
        insured = PolicyRole.objects.filter(
            role=PolicyRole.Role.INSURED, policy__product__product_code__in=products, **between
        )
        entitled = Entitlement.objects.filter(ends_on__gte=on, **between)
        tiered = TierPeriod.objects.on(on).filter(**between)
        concerned = insured.values("customer").union(entitled.values("customer"), tiered.values("customer"))
        yield sorted(row["customer"] for row in concerned)
        last = bounds[-1]
