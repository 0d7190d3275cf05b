"""The rules of VIP tiers (members/catalogue/tiers.csv) as SQL: a million policies are assessed where they lie.

`POLICIES` is the one place that says which policies count and how much each gives; assessments, simulations and the
explanation for a member all read it. An assessment makes three steps for a shard of customers, in one transaction:
`COUNT_POLICIES`, `FIND` and `PERIODS`/`KEEP`, each a statement that the next one reads the result of. Every statement
takes the rules as named parameters (`parameters`), and says of whom by a scope: `SHARD` or `THESE`.

Tiers are ranks in here, 1 for gold to 4 for black diamond, and 0 for none.
"""

from datetime import date
from typing import Any

from benefits.models import Tier, TierTerms
from benefits.models.tier_terms import THRESHOLDS
from members.models import Policy

#: A rank's tier is at its place of this array; PostgreSQL counts from 1.
TIERS = [str(tier) for tier in Tier]

SHARD = "{customer} > %(after)s AND {customer} <= %(upto)s"
THESE = "{customer} = ANY(%(customers)s)"

#: Every policy of which somebody in scope is the policyholder. `obstacle`: why it doesn't count, empty where it does.
#: A cooling-off whose end nobody knows is not over. Of paid-up policies what was paid in a year goes on counting:
#: they are in force (`Policy.LIVE`). Each policy's share is rounded to the fen, so that what is shown adds up.
POLICIES = """
SELECT share.*, round(share.annual * share.factor, 2) AS gives,
       CASE WHEN NOT share.status = ANY(%(live)s) THEN 'not_in_force'
            WHEN share.factor = 0 THEN 'no_factor'
            WHEN share.cooling_off_ends_on IS NULL OR share.cooling_off_ends_on >= %(day)s THEN 'cooling_off'
            ELSE '' END AS obstacle
FROM (
    SELECT role.customer_id, policy.id AS policy_id, policy.status, policy.cooling_off_ends_on,
           policy.premium * CASE policy.frequency
               WHEN 'monthly' THEN 12 WHEN 'quarterly' THEN 4 WHEN 'semiannual' THEN 2 ELSE 1 END AS annual,
           CASE WHEN product.term = 'short' THEN %(factor_short)s::numeric
                WHEN policy.frequency = 'single' THEN %(factor_single)s
                WHEN policy.premium_term_years >= 10 THEN %(factor_10_years)s
                WHEN policy.premium_term_years >= 5 THEN %(factor_5_years)s
                WHEN policy.premium_term_years >= 3 THEN %(factor_3_years)s
                ELSE %(factor_below_3_years)s END AS factor
    FROM members_policyrole role
    JOIN members_policy policy ON policy.id = role.policy_id
    JOIN members_product product ON product.id = policy.product_id
    WHERE role.role = 'policyholder' AND {scope}
) share
"""

#: The tier that an amount is enough for.
REACHED = """
CASE WHEN {amount} >= %(black_diamond_from)s THEN 4
     WHEN {amount} >= %(diamond_from)s THEN 3
     WHEN {amount} >= %(platinum_from)s THEN 2
     WHEN {amount} >= %(gold_from)s THEN 1
     ELSE 0 END
"""

#: Companies and the dead have no tier.
ELIGIBLE = "(customer.kind <> 'corporate' AND customer.deceased_on IS NULL)"

#: A tier is promised to the end of the month that lies so many months after a day.
PROMISED = "(date_trunc('month', {since}::timestamp) + make_interval(months => %(validity_months)s + 1))::date - 1"

COUNT_POLICIES = f"""
INSERT INTO benefits_tiershare (customer_id, policy_id, annual, factor, gives)
SELECT customer_id, policy_id, annual, factor, gives FROM ({POLICIES}) policies WHERE obstacle = ''
"""

#: Whoever has a tier or reaches one, and what becomes of it (docs/decisions/005-tier-validity.md). Nothing becomes of
#: what was decided for a later day already: an assessment of an earlier one comes too late for it.
FIND = f"""
INSERT INTO benefits_tierfinding (customer_id, vip_premium, reached, has, period_id, valid_to, buffer_to, outcome)
SELECT customer_id, vip_premium, reached, has, period_id, valid_to, buffer_to,
       CASE WHEN starts_on > %(day)s OR decided_later THEN 'kept'
            WHEN NOT eligible THEN 'closed'
            WHEN has = 0 THEN 'begun'
            WHEN reached > has THEN 'raised'
            WHEN valid_to >= %(day)s THEN 'kept'
            WHEN reached = has THEN 'renewed'
            WHEN buffer_to IS NULL THEN 'warned'
            WHEN buffer_to >= %(day)s THEN 'kept'
            WHEN reached > 0 THEN 'lowered'
            ELSE 'ended' END AS outcome
FROM (
    SELECT customer_id, eligible, period_id, starts_on, valid_to, buffer_to,
           coalesce(sums.vip_premium, 0) AS vip_premium,
           CASE WHEN eligible THEN {REACHED.format(amount="coalesce(sums.vip_premium, 0)")} ELSE 0 END AS reached,
           coalesce(array_position(%(tiers)s, held.tier::text), 0) AS has,
           period_id IS NULL AND EXISTS (
               SELECT FROM benefits_tierperiod past
               WHERE past.customer_id = customer.id AND past.ended_on > %(day)s
           ) AS decided_later
    FROM (SELECT customer_id, sum(gives) AS vip_premium FROM benefits_tiershare GROUP BY customer_id) sums
    FULL JOIN (
        SELECT customer_id, id AS period_id, tier, starts_on, valid_to, buffer_to
        FROM benefits_tierperiod period WHERE ended_on IS NULL AND {{scope}}
    ) held USING (customer_id)
    JOIN members_customer customer ON customer.id = customer_id
    CROSS JOIN LATERAL (SELECT {ELIGIBLE} AS eligible) of
    WHERE period_id IS NOT NULL OR sums.vip_premium >= %(gold_from)s
) found
WHERE has > 0 OR reached > 0
"""

#: In this order: one tier ends before the next begins.
PERIODS = (
    """
    UPDATE benefits_tierperiod period SET ended_on = %(day)s
    FROM benefits_tierfinding finding
    WHERE period.id = finding.period_id AND finding.outcome IN ('raised', 'lowered', 'ended', 'closed')
    """,
    f"""
    UPDATE benefits_tierperiod period
    SET valid_to = {PROMISED.format(since="period.valid_to")}, buffer_to = NULL
    FROM benefits_tierfinding finding
    WHERE period.id = finding.period_id AND finding.outcome = 'renewed'
    """,
    # Warned late, a customer has the same number of days.
    """
    UPDATE benefits_tierperiod period SET buffer_to = greatest(period.valid_to, %(day)s - 1) + %(buffer_days)s
    FROM benefits_tierfinding finding
    WHERE period.id = finding.period_id AND finding.outcome = 'warned'
    """,
    f"""
    INSERT INTO benefits_tierperiod (customer_id, tier, starts_on, valid_to, cause)
    SELECT customer_id, (%(tiers)s)[reached], %(day)s, {PROMISED.format(since="%(day)s")}, %(cause)s
    FROM benefits_tierfinding WHERE outcome IN ('begun', 'raised', 'lowered')
    """,
)

#: The history, where there is anything new in it. Returns what has become of tiers:
#: (assessment, customer, outcome, tier before, tier after), without those of which nothing has.
KEEP = """
WITH now AS (
    SELECT finding.*, held.valid_to AS valid_now, held.buffer_to AS buffer_now,
           coalesce((%(tiers)s)[reached], '') AS reached_tier,
           coalesce((%(tiers)s)[has], '') AS before,
           coalesce(held.tier, '') AS after,
           coalesce(shares.policies, '[]') AS policies
    FROM benefits_tierfinding finding
    LEFT JOIN benefits_tierperiod held ON held.customer_id = finding.customer_id AND held.ended_on IS NULL
    LEFT JOIN (
        SELECT customer_id, jsonb_agg(
            jsonb_build_object(
                'policy', policy_id, 'annual', annual::text, 'factor', factor::text, 'gives', gives::text)
            ORDER BY policy_id
        ) AS policies
        FROM benefits_tiershare JOIN benefits_tierfinding USING (customer_id) GROUP BY customer_id
    ) shares ON shares.customer_id = finding.customer_id
), kept AS (
    INSERT INTO benefits_tierassessment (
        customer_id, assessed_on, cause, terms_id, vip_premium, reached, outcome, before, after, valid_to, buffer_to,
        policies
    )
    SELECT now.customer_id, %(day)s, %(cause)s, %(terms)s, now.vip_premium, reached_tier, now.outcome, now.before,
           now.after, valid_now, buffer_now, now.policies
    FROM now
    LEFT JOIN LATERAL (
        SELECT vip_premium, reached, policies FROM benefits_tierassessment past
        WHERE past.customer_id = now.customer_id ORDER BY id DESC LIMIT 1
    ) past ON true
    WHERE now.outcome <> 'kept'
       OR (past.vip_premium, past.reached, past.policies)
          IS DISTINCT FROM (now.vip_premium, now.reached_tier, now.policies)
    ORDER BY now.customer_id
    RETURNING id, customer_id, outcome, before, after
)
SELECT id, customer_id, outcome, before, after FROM kept WHERE outcome <> 'kept' ORDER BY id
"""

#: What a shard came to: policies that counted.
POLICIES_COUNTED = "SELECT count(*) FROM benefits_tiershare"

#: Nobody ever sees what the steps hand on to one another: it is gone before the transaction ends.
CLEAR = "DELETE FROM benefits_tiershare; DELETE FROM benefits_tierfinding"

#: What each policyholder of a shard reaches under one set of rules; `side` says which.
SIDE = f"""
SELECT '{{side}}' AS side, customer_id, {REACHED.format(amount="sum(gives)")} AS rank
FROM ({POLICIES}) policies WHERE obstacle = '' GROUP BY customer_id
"""

#: How many customers reach what under the rules of both sides, without those who reach nothing under either.
COMPARED = f"""
SELECT now, "then", count(*) FROM (
    SELECT coalesce(max(rank) FILTER (WHERE side = 'now'), 0) AS now,
           coalesce(max(rank) FILTER (WHERE side = 'then'), 0) AS "then"
    FROM ({{now}} UNION ALL {{then}}) sides
    JOIN members_customer customer ON customer.id = customer_id
    WHERE {ELIGIBLE}
    GROUP BY customer_id
) ranks
WHERE now > 0 OR "then" > 0 GROUP BY now, "then"
"""


def scoped(statement: str, scope: str, *, customer: str) -> str:
    return statement.replace("{scope}", scope.format(customer=customer))


def policies(scope: str) -> str:
    return scoped(POLICIES, scope, customer="role.customer_id")


def side(which: str) -> str:
    return scoped(SIDE, SHARD, customer="role.customer_id").replace("{side}", which)


def parameters(terms: TierTerms, day: date) -> dict[str, Any]:
    """The rules and the day, as every statement takes them."""
    rules = terms.terms()
    return {
        **{name: value for name, value in rules.items() if name.startswith("factor_") or name in THRESHOLDS.values()},
        "validity_months": terms.validity_months,
        "buffer_days": terms.buffer_days,
        "day": day,
        "live": [str(status) for status in Policy.LIVE],
        "tiers": TIERS,
        "terms": terms.pk,
    }
