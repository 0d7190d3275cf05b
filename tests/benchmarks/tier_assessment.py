"""How many policies a second an assessment of all VIP tiers gets through: 1,000,000 of 400,000 policyholders.

`python -m tests.benchmarks.tier_assessment [POLICIES]`; the last line is one JSON object. Embedded PostgreSQL as it
comes (fsync on). The book is made by SQL, a quarter of its policyholders with a tier; it is assessed for the first
time, when every tier begins, and a second time, when nothing changes.
"""

import json
import os
import sys
import time
from datetime import date

from tests.stage import Stage

POLICIES = 1_000_000
BOOK = (
    """
    INSERT INTO members_product (product_code, name_zh, name_en, category, design_type, term, attached_services)
    SELECT 'BENCH' || n, 'n', 'n', 'annuity', 'traditional', CASE n WHEN 0 THEN 'short' ELSE 'long' END, '{}'
    FROM generate_series(0, 4) n
    """,
    """
    INSERT INTO members_customer (customer_no, kind, name, name_en, gender, id_type, province, city, district, postcode,
                                  language)
    SELECT 'B' || n, CASE WHEN n %% 50 = 0 THEN 'corporate' ELSE 'individual' END, '', '', '', '', '', '', '', '', ''
    FROM generate_series(1, %(policies)s * 2 / 5) n
    """,
    # Premiums from 1,000 to some 200,000 yuan, most of them small.
    """
    INSERT INTO members_policy (policy_no, product_id, status, applied_on, effective_on, cooling_off_ends_on, premium,
                                frequency, premium_term_years, sum_assured, sales_channel)
    SELECT 'B' || n, (SELECT min(id) FROM members_product) + n %% 5,
           (ARRAY['in_force', 'in_force', 'in_force', 'in_force', 'in_force', 'in_force', 'grace', 'paid_up', 'lapsed',
                  'surrendered'])[1 + n %% 10],
           '2020-01-01', '2020-01-02', '2020-01-20', round((1000 * exp(5.3 * random() ^ 2))::numeric, 2),
           (ARRAY['annual', 'annual', 'annual', 'monthly', 'single', 'quarterly', 'semiannual'])[1 + n %% 7],
           CASE WHEN n %% 7 = 4 THEN 1 ELSE (ARRAY[20, 10, 5, 3, 2])[1 + n %% 5] END, 1, ''
    FROM generate_series(1, %(policies)s) n
    """,
    """
    INSERT INTO members_policyrole (policy_id, customer_id, role, relation)
    SELECT policy.id, first.id + (random() * (%(policies)s * 2 / 5 - 1))::int, role, ''
    FROM members_policy policy, (SELECT min(id) AS id FROM members_customer) first,
         unnest(ARRAY['policyholder', 'insured']) role
    """,
    "ANALYZE",
)


def make_book(policies: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in BOOK:
            cursor.execute(statement, {"policies": policies})


def measure(policies: int = POLICIES) -> float:
    """Policies of the book in a second of the first assessment; the rules must be loaded. Prints what it does."""
    from benefits.actions.assess_tiers import assess_tiers
    from benefits.models import TierPeriod

    make_book(policies)
    rates = []
    for which in ("first", "again"):
        began = time.perf_counter()
        run = assess_tiers(on=date(2026, 11, 1), cause=TierPeriod.Cause.MONTHLY)
        took = time.perf_counter() - began
        rates.append(policies / took)
        print(f"{which}: {took:.1f} s, {run.policies:,} policies counted, {dict(run.findings)}", flush=True)  # noqa: T201
    return rates[0]


def main(policies: int) -> None:
    stage = Stage()
    try:
        os.environ.update(stage.env)
        import django

        django.setup()
        stage.manage("migrate", "--verbosity=0")
        from benefits.actions.load_tier_terms import load_tier_terms

        load_tier_terms()
        rate = measure(policies)
    finally:
        stage.stop()
    print(json.dumps({"benchmark": "tier_assessment", "assessed_policies_per_s": round(rate)}))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else POLICIES)
