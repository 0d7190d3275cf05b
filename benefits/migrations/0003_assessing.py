"""What the steps of an assessment hand on to one another (benefits.tier_sql): rows that no other transaction ever sees.

Not temporary tables, which the application may not make: one by a table's name would hide that table from triggers
(members.granting). Unlogged, as nothing of them is to outlive a crash.
"""

from django.db import migrations

TABLES = """
CREATE UNLOGGED TABLE benefits_tiershare (
    customer_id bigint, policy_id bigint, annual numeric, factor numeric, gives numeric
);
CREATE UNLOGGED TABLE benefits_tierfinding (
    customer_id bigint, vip_premium numeric, reached integer, has integer, period_id bigint, valid_to date,
    buffer_to date, outcome text
);
"""


class Migration(migrations.Migration):
    dependencies = [("benefits", "0002_offer")]

    operations = [migrations.RunSQL(TABLES, "DROP TABLE benefits_tiershare, benefits_tierfinding")]
