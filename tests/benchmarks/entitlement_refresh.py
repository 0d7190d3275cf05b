"""How long it takes to bring everybody's entitlements up to their tiers and policies: 100,000 customers.

`python -m tests.benchmarks.entitlement_refresh [CUSTOMERS]`; the last line is one JSON object. Embedded PostgreSQL as
it comes (fsync on). Every customer has a tier, every second is insured in a product that gives services. The first run
makes everything, the second changes nothing, the third is after all have risen by a tier.
"""

import json
import os
import sys
import time
from datetime import date

from tests.stage import Stage

CUSTOMERS = 100_000
DAY = date(2026, 11, 1)
BOOK = (
    """
    INSERT INTO members_product (product_code, name_zh, name_en, category, design_type, term, attached_services)
    SELECT code, '', '', 'annuity', 'traditional', 'long', '{}' FROM unnest(ARRAY['CI_LIFE', 'MED_ASIA', 'PLAIN']) code
    """,
    """
    INSERT INTO members_customer (customer_no, kind, name, name_en, gender, id_type, province, city, district, postcode,
                                  language)
    SELECT 'B' || n, 'individual', '', '', '', '', '', '', '', '', '' FROM generate_series(1, %(customers)s) n
    """,
    """
    INSERT INTO members_policy (policy_no, product_id, status, applied_on, effective_on, premium, frequency,
                                premium_term_years, sum_assured, sales_channel)
    SELECT 'B' || n, (SELECT min(id) FROM members_product) + (ARRAY[0, 1, 2, 2])[1 + n %% 4], 'in_force', '2020-01-01',
           '2020-01-01'::date + n %% 2000, 1, 'annual', 20, 1, ''
    FROM generate_series(1, %(customers)s) n
    """,
    """
    INSERT INTO members_policyrole (policy_id, customer_id, role, relation)
    SELECT policy.id, policy.id - (SELECT min(id) FROM members_policy) + (SELECT min(id) FROM members_customer),
           role, ''
    FROM members_policy policy, unnest(ARRAY['policyholder', 'insured']) role
    """,
    """
    INSERT INTO benefits_tierperiod (customer_id, tier, starts_on, valid_to, cause)
    SELECT id, (ARRAY['gold', 'platinum', 'diamond'])[1 + id %% 3], '2026-10-01', '2027-10-31', 'monthly'
    FROM members_customer
    """,
    "ANALYZE",
)
RISE = """
    UPDATE benefits_tierperiod
    SET tier = CASE tier WHEN 'gold' THEN 'platinum' WHEN 'platinum' THEN 'diamond' ELSE 'black_diamond' END
"""


def measure(customers: int = CUSTOMERS) -> dict[str, float]:
    """Seconds of each run; the services must be loaded. Prints what it does."""
    from django.db import connection

    from benefits.actions.refresh_entitlements import refresh_entitlements

    with connection.cursor() as cursor:
        for statement in BOOK:
            cursor.execute(statement, {"customers": customers})
    took = {}
    for which in ("first", "again", "risen"):
        if which == "risen":
            with connection.cursor() as cursor:
                cursor.execute(RISE)
        began = time.perf_counter()
        refreshed = refresh_entitlements(customer_ids=None, on=DAY)
        took[which] = round(time.perf_counter() - began, 1)
        sys.stdout.write(f"{which}: {took[which]} s, {refreshed}\n")
        sys.stdout.flush()
    return took


def main(customers: int) -> None:
    stage = Stage()
    try:
        os.environ.update(stage.env)
        import django

        django.setup()
        stage.manage("migrate", "--verbosity=0")
        from benefits.actions.load_benefits import load_benefits

        load_benefits()
        took = measure(customers)
    finally:
        stage.stop()
    sys.stdout.write(json.dumps({"benchmark": "entitlement_refresh", "customers": customers, "seconds": took}) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS)
