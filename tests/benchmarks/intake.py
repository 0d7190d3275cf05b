"""How fast policy events enter the log, beside the same rows by bare COPY.

`python -m tests.benchmarks.intake [EVENTS]`; the last line is one JSON object. `events_per_cpu_s` is by the processor
time of the intake's own process, which other programs on the machine disturb less.
"""

import io
import json
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import django
from django.core.management import call_command
from django.db import connection, transaction

from portal import embedded

BATCH = 500
POLICIES = 2000


def cloud_events(count: int) -> list[dict[str, Any]]:
    """Debit failures of POLICIES policies, in turn."""
    return [
        {
            "specversion": "1.0",
            "id": f"bench-{number:08d}",
            "source": "/core/bench",
            "type": "renewal.debit_failed",
            "subject": f"B{number % POLICIES:07d}",
            "time": "2026-11-20T10:15:00+08:00",
            "datacontenttype": "application/json",
            "data": {
                "policy_no": f"B{number % POLICIES:07d}",
                "customer_name": "张三",
                "premium": "3200.00",
                "reason": "余额不足",
                "grace_end": "2027-01-19",
            },
        }
        for number in range(count)
    ]


def make_policies() -> None:
    from members.models import Policy
    from tests.factories import ProductFactory

    product = ProductFactory()
    Policy.objects.bulk_create(
        Policy(
            policy_no=f"B{number:07d}",
            product=product,
            status="in_force",
            applied_on="2024-03-01",
            effective_on="2024-03-10",
            premium=Decimal("3200.00"),
            frequency="annual",
            premium_term_years=20,
            sum_assured=Decimal("300000.00"),
            core_updated_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        for number in range(POLICIES)
    )


def seconds_of_intake(events: list[dict[str, Any]]) -> float:
    """From the JSON text of a batch to its commit."""
    from members.actions.accept_events import EventStatus, accept_events
    from members.intake.reading import read_batch

    bodies = [json.dumps(events[at : at + BATCH]).encode() for at in range(0, len(events), BATCH)]
    started = time.perf_counter()
    for body in bodies:
        results = accept_events(raw=read_batch(body))
        assert all(result.status is EventStatus.ACCEPTED for result in results)
    return time.perf_counter() - started


def seconds_of_copy() -> float:
    """The rows that are now in the log, under other keys, BATCH a commit."""
    from members.copying import copy_text
    from members.intake.log_rows import LogRow

    columns = LogRow._fields[1:]  # the ids are the sequence's
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM members_policyevent")
        rows = [[bytes(cell) if isinstance(cell, memoryview) else cell for cell in row] for row in cursor.fetchall()]
    for row in rows:
        row[columns.index("event_id")] += "-copied"
    texts = [
        "".join("\t".join(map(copy_text, row)) + "\n" for row in rows[at : at + BATCH])
        for at in range(0, len(rows), BATCH)
    ]
    started = time.perf_counter()
    for text in texts:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.copy_expert(f"COPY members_policyevent ({', '.join(columns)}) FROM STDIN", io.StringIO(text))
    return time.perf_counter() - started


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory(prefix="benchmark-intake-") as folder:
        # Servers of its own; the tasks that a published event wakes are sent to the broker, where nobody takes them.
        os.environ |= {"BANYAN_VAR": folder, "DJANGO_SETTINGS_MODULE": "portal.settings.demo", "LOG_LEVEL": "WARNING"}
        embedded.start_missing()
        django.setup()
        call_command("migrate", verbosity=0)
        make_policies()
        seconds_of_intake(cloud_events(count + BATCH)[count:])  # plans, caches, the catalogue
        used = time.process_time()
        speed = count / seconds_of_intake(cloud_events(count))
        used = time.process_time() - used
        limit = (count + BATCH) / seconds_of_copy()
        print(  # noqa: T201
            json.dumps(
                {
                    "benchmark": "intake",
                    "events_per_s": round(speed),
                    "limit_per_s": round(limit),
                    "ratio": round(speed / limit, 2),
                    "events_per_cpu_s": round(count / used),
                }
            )
        )
        connection.close()


if __name__ == "__main__":
    main()
