"""The main job at speed: intake → consumer → route → render → insert → claim → sandbox send → recorded.

`python -m tests.benchmarks.notifications [EVENTS]`. 20,000 events (about 40,000 messages) go through the demo's own
processes on the embedded PostgreSQL with fsync on; the rows that come of it are then written once more by bare COPY
and UPDATE through psycopg2, one connection, 500 a commit: the limit. Ends with one line of JSON.
"""

import io
import json
import os
import signal
import statistics
import sys
import time
import urllib.request
from typing import Any

from tests.stage import Stage

BATCH = 500
CUSTOMERS = 2_000
IDLE_EVENTS = 40
CODES = 40


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def enter(stage: Stage) -> None:
    """Makes this process one of the stage's."""
    os.environ |= stage.env
    import django

    django.setup()


def prepare() -> str:
    """Catalogue, and CUSTOMERS policyholders who are members reached by SMS; returns an API key."""
    from django.core.management import call_command

    from members.actions.issue_api_key import issue_api_key
    from members.models import Scope
    from tests.factories import CustomerFactory, MemberFactory, PolicyFactory

    call_command("migrate", verbosity=0)
    call_command("load_catalogue", stdout=io.StringIO())
    for number in range(CUSTOMERS):
        customer = CustomerFactory(customer_no=f"C{number}", mobile=f"+86138{number:08d}")
        MemberFactory(customer=customer)
        PolicyFactory(policy_no=f"P{number}", policyholder=customer)
    return issue_api_key(name="benchmark", scopes=[Scope.EVENTS_WRITE]).key


def money_withdrawn(number: int) -> dict[str, Any]:
    """An ordinary event that nobody may refuse: in the inbox and by SMS, whatever the hour."""
    data = {
        "policy_no": f"P{number % CUSTOMERS}",
        "customer_name": "王先生",
        "amount": "3200.00",
        "pay_date": "2026-11-20",
        "account": "尾号6688",
        "account_value": "52360.18",
    }
    return event(f"bulk-{number}", "investment.withdrawal_paid", data["policy_no"], data)


def one_time_code(number: int) -> dict[str, Any]:
    data = {
        "customer_name": "王先生",
        "otp": "582914",
        "service_name": "登录",
        "minutes": 5,
        "customer_no": f"C{number}",
    }
    return event(f"code-{number}", "verification.otp", f"C{number}", data)


def event(key: str, code: str, subject: str, data: dict[str, Any]) -> dict[str, Any]:
    from django.utils import timezone

    return {
        "specversion": "1.0",
        "id": key,
        "source": "/core/benchmark",
        "type": code,
        "subject": subject,
        "time": timezone.localtime().isoformat(timespec="milliseconds"),
        "datacontenttype": "application/json",
        "data": data,
    }


def post(url: str, key: str, sent: dict[str, Any]) -> None:
    request = urllib.request.Request(
        f"{url}/api/v1/events",
        json.dumps(sent).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/cloudevents+json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 202


def waiting() -> int:
    from notifications.models import Message

    return Message.objects.filter(state__in=["pending", "sending"]).count()


def finish(expected: int, seconds: float = 300) -> None:
    """Waits until `expected` messages are there and none waits to be sent."""
    from notifications.models import Message

    ends = time.monotonic() + seconds
    while Message.objects.count() < expected or waiting():
        assert time.monotonic() < ends, f"{Message.objects.count()} of {expected} made, {waiting()} wait"
        time.sleep(0.3)  # counting is work, too
    assert not Message.objects.exclude(state__in=["sent", "delivered"]).exists()


def through_the_real_path(events: int) -> float:
    """Messages a second from the first intake to the last recorded sending."""
    from members.actions.accept_events import accept_events
    from notifications.models import Message

    before = Message.objects.count()
    sent = [money_withdrawn(number) for number in range(events)]
    started = time.perf_counter()
    for at in range(0, events, BATCH):
        accept_events(raw=sent[at : at + BATCH])
    finish(before + 2 * events)
    return 2 * events / (time.perf_counter() - started)


def seconds_to_sent(url: str, key: str, sent: dict[str, Any], posted: dict[str, float]) -> None:
    posted[sent["id"]] = time.time()
    post(url, key, sent)


def latencies_ms(posted: dict[str, float]) -> list[float]:
    """From the moment of posting to the recorded sending of the SMS."""
    from members.models import PolicyEvent
    from notifications.models import Message

    keys = dict(PolicyEvent.objects.filter(event_id__in=posted).values_list("pk", "event_id"))
    sent = Message.objects.filter(policy_event__in=keys, channel="sms", sent_at__isnull=False)
    return [(at.timestamp() - posted[keys[pk]]) * 1000 for pk, at in sent.values_list("policy_event", "sent_at")]


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def idle(url: str, key: str) -> float:
    """p95 of ordinary events that come one by one into an idle system, ms."""
    posted: dict[str, float] = {}
    for number in range(IDLE_EVENTS):
        seconds_to_sent(url, key, money_withdrawn(10_000_000 + number), posted)
        time.sleep(0.25)
    time.sleep(2)
    found = latencies_ms(posted)
    assert len(found) == IDLE_EVENTS
    return p95(found)


def urgent_under_load(stage: Stage, key: str, events: int) -> tuple[float, int, int]:
    """p95 of one-time codes while `events` bulk messages wait, ms; how many waited before and after the codes."""
    from members.actions.accept_events import accept_events
    from members.consumers import drain
    from members.shards import SHARDS
    from notifications.models import Message

    before = Message.objects.count()
    bulk = stage.processes["worker"].pid
    os.killpg(bulk, signal.SIGSTOP)  # so that all of it waits when the first code comes
    sent = [money_withdrawn(20_000_000 + number) for number in range(events)]
    for at in range(0, events, BATCH):
        accept_events(raw=sent[at : at + BATCH])
    for shard in range(SHARDS):
        while drain("notifications", shard):
            pass
    waited = waiting()
    os.killpg(bulk, signal.SIGCONT)
    posted: dict[str, float] = {}
    for number in range(CODES):
        seconds_to_sent(stage.url, key, one_time_code(number), posted)
    left = waiting()
    finish(before + 2 * events + CODES)
    found = latencies_ms(posted)
    assert len(found) == CODES
    return p95(found), waited, left


def limit_per_s() -> float:
    """The same rows by COPY, the claim and the record by UPDATE, 500 a commit on one connection."""
    from django.db import connection

    tables = {"members_policyevent": "event", "notifications_message": "message", "notifications_attempt": "attempt"}
    with connection.cursor() as cursor:
        rows: dict[str, list[str]] = {}
        for table in tables:
            text = io.StringIO()
            cursor.copy_expert(f"COPY {table} TO STDOUT", text)
            rows[table] = text.getvalue().splitlines(keepends=True)
            cursor.execute(f"CREATE TABLE limit_{tables[table]} (LIKE {table} INCLUDING ALL)")
        messages = len(rows["notifications_message"])
        started = time.perf_counter()
        for table, name in tables.items():
            for at in range(0, len(rows[table]), BATCH):
                cursor.copy_expert(f"COPY limit_{name} FROM STDIN", io.StringIO("".join(rows[table][at : at + BATCH])))
        cursor.execute("SELECT id FROM limit_message WHERE channel <> 'app' ORDER BY id")
        ids = [pk for (pk,) in cursor.fetchall()]
        for change in ("state = 'sending', lease_until = now()", "state = 'sent', lease_until = NULL, sent_at = now()"):
            for at in range(0, len(ids), BATCH):
                cursor.execute(f"UPDATE limit_message SET {change} WHERE id = ANY(%s)", [ids[at : at + BATCH]])
        return messages / (time.perf_counter() - started)


def main() -> None:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    stage = Stage()
    try:
        enter(stage)
        from notifications.sandbox.client import turn_dials

        key = prepare()
        stage.start()
        stage.wait_until_ready()
        post(stage.url, key, money_withdrawn(30_000_000))
        finish(2)
        idle_ms = idle(stage.url, key)
        say(f"idle: p95 {idle_ms:.0f} ms from the post to the recorded sending, {IDLE_EVENTS} events one by one")
        # Receipts are not part of the path; they come when it is done.
        turn_dials("", {"receipts": False})
        speed = through_the_real_path(events)
        # Whoever looks at faces has a limit of its own, beside it (tests.benchmarks.face).
        largest, worker_mb = stage.largest_worker(besides="worker-face")
        say(f"bulk: {speed:.0f} messages/s for {events} events; largest worker {worker_mb:.0f} MB ({largest})")
        limit = limit_per_s()
        say(f"limit: {limit:.0f} messages/s by COPY and UPDATE on one connection")
        urgent_ms, waited, left = urgent_under_load(stage, key, events)
        say(f"one-time codes: p95 {urgent_ms:.0f} ms while {waited} bulk messages waited ({left} after the last code)")
    finally:
        stage.stop()
    say(
        json.dumps(
            {
                "benchmark": "notifications",
                "messages_per_s": round(speed),
                "limit_per_s": round(limit),
                "ratio": round(speed / limit, 2),
                "p95_event_to_sent_ms_idle": round(idle_ms),
            }
        )
    )


if __name__ == "__main__":
    main()
