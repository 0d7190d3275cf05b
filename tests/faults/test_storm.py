"""Everything at once: killed processes, a crashed database, an emptied broker and a provider gone mad, under load.

Afterwards each accepted event has its messages, each of them once at the provider, or stands where a person sees it.
"""

import csv
import json
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import pytest

from notifications.sandbox.mailbox import mails_for
from tests.faults.storm_cast import PEOPLE, channels, events
from tests.stage import Stage

BATCH = 20
PATIENCE_S = 240
#: Nights and daily caps have their own tests; here everything is to be sent now.
SETTINGS = {"QUIET_FROM": "00:00", "QUIET_TO": "00:00", "DAILY_CAP": "1000", "SANDBOX_SECRET": "storm"}
MADNESS = {"latency_ms": 50, "failure_rate": 0.05, "server_error_rate": 0.2, "garbage_rate": 0.2, "throttle_per_s": 400}
CALM = dict.fromkeys([*MADNESS, "timeout_rate"], 0)


@pytest.fixture(scope="module")
def stage():
    stage = Stage()
    stage.env |= SETTINGS
    yield stage
    stage.stop()


class Core:
    """The insurer's core: posts its events in batches, and posts a batch again until it is answered."""

    def __init__(self, url, key):
        self.url, self.key = f"{url}/api/v1/events", key
        self.events = list(events(datetime.now(UTC).isoformat(timespec="milliseconds")))
        self.statuses = Counter()
        self.refused = 0
        self.thread = threading.Thread(target=self.post_all, daemon=True)

    def post_all(self):
        for at in range(0, len(self.events), BATCH):
            batch = [event for event, _ in self.events[at : at + BATCH]]
            while not self.post(batch):
                self.refused += 1
                time.sleep(0.3)

    def post(self, batch):
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/cloudevents-batch+json"}
        request = urllib.request.Request(self.url, json.dumps(batch).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                results = json.load(answer)["results"]
        except OSError as error:
            # The web is down, or says that it can't; anything else would be an answer.
            if isinstance(error, urllib.error.HTTPError) and error.code < 500:
                raise
            return False
        self.statuses.update(result["status"] for result in results)
        return True

    def wait_for(self, share):
        """Until this share of the events has been taken."""
        ends = time.monotonic() + PATIENCE_S
        while self.statuses.total() < share * len(self.events):
            assert time.monotonic() < ends and self.thread.is_alive(), self.statuses
            time.sleep(0.05)


class Provider:
    """The sandbox, seen from outside."""

    def __init__(self, url, secret):
        self.url, self.secret = url, secret

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Authorization": f"Bearer {self.secret}"})
        request.method = method
        ends = time.monotonic() + PATIENCE_S
        while True:
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return json.load(answer)
            except OSError:
                assert time.monotonic() < ends
                time.sleep(0.2)

    def turn(self, dials):
        self.ask("PUT", "/dials", dials)

    def knows(self, service, keys):
        """Of these keys those that it accepted."""
        found = set()
        for at in range(0, len(keys), 500):
            part = ",".join(keys[at : at + 500])
            answers = self.ask("GET", f"/{service}/messages?keys={part}")["results"]
            found |= {answer["key"] for answer in answers if answer["status"] == "accepted"}
        return found


def rows(stage, sql):
    connection = psycopg2.connect(stage.env["DATABASE_URL"])
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def blow(stage, core, provider):
    """The faults, each while events come in and messages wait."""
    provider.turn(MADNESS)
    core.wait_for(0.1)
    stage.kill("worker")
    stage.start("worker")
    core.wait_for(0.25)
    stage.kill("sandbox")
    stage.kill("worker-letters")
    core.wait_for(0.35)
    stage.start("sandbox", "worker-letters")
    stage.flush_broker()
    core.wait_for(0.5)
    stage.restart_postgres()
    core.wait_for(0.6)
    stage.kill("web")
    stage.kill("beat")
    stage.kill("worker-urgent")
    stage.start("web", "beat", "worker-urgent")
    provider.turn({"timeout_rate": 0.1})
    core.wait_for(0.75)
    stage.flush_broker()
    stage.kill("worker")
    stage.start("worker")
    core.wait_for(0.9)
    stage.restart_postgres()
    core.wait_for(1)
    stage.flush_broker()
    provider.turn(CALM)


def wait_until_quiet(stage):
    """Nothing unread, nothing to be sent. Waits that would take minutes are cut short in the database."""
    ends = time.monotonic() + PATIENCE_S
    while True:
        rows(stage, "UPDATE notifications_providerstate SET paused_until = NULL, failures = 0")
        rows(stage, "UPDATE notifications_message SET send_after = now() WHERE state = 'pending'")
        # Leases last for 60 s; one that is 25 s old belongs to a worker that was killed.
        rows(
            stage,
            "UPDATE notifications_message SET lease_until = now() "
            "WHERE state = 'sending' AND lease_until < now() + interval '35 s'",
        )
        waiting = dict(
            rows(
                stage,
                "SELECT state, count(*) FROM notifications_message WHERE state IN ('pending', 'sending') GROUP BY 1",
            )
        )
        [[unread]] = rows(stage, UNREAD)
        if not waiting and not unread:
            return
        assert time.monotonic() < ends, f"{waiting}, {unread} events unread"
        time.sleep(1)


UNREAD = """
    SELECT count(*) FROM members_policyevent AS e
    LEFT JOIN members_consumercursor AS c ON c.consumer = 'notifications' AND c.shard = e.shard
    WHERE c.id IS NULL OR (e.xid, e.id) > (c.xid, c.event_pk)
"""
MESSAGES = """
    SELECT e.event_id, p.customer_no, m.channel, m.state, m.reason, m.id
    FROM notifications_message AS m
    JOIN members_policyevent AS e ON e.id = m.policy_event_id
    LEFT JOIN members_customer AS p ON p.id = m.customer_id
"""


def printed_letters(stage):
    """Keys of the letters by the files that lie in the print folder, and by the lines of its manifests."""
    stage.python(
        "-c",
        "import django; django.setup()\n"
        "from notifications.models import PrintBatch\n"
        "from notifications.actions.close_print_batch import close_print_batch\n"
        "[close_print_batch(day=batch.day) for batch in PrintBatch.objects.all()]",
    )
    folder = Path(stage.folder.name) / "print"
    files = [file.stem for file in folder.glob("*/*.pdf")]
    lines = []
    for manifest in folder.glob("*/manifest.csv"):
        with manifest.open(newline="") as text:
            lines += [row["file"].removesuffix(".pdf") for row in csv.DictReader(text)]
    return sorted(files), sorted(lines)


def test_after_the_storm_every_event_has_its_messages_once(stage):
    key = stage.python("-m", "tests.faults.storm_cast").strip()
    stage.start()
    stage.wait_until_ready()
    core, provider = Core(stage.url, key), Provider(stage.sandbox, SETTINGS["SANDBOX_SECRET"])
    core.thread.start()
    blow(stage, core, provider)
    wait_until_quiet(stage)

    # Everything is in the log once, whatever the core had to post again.
    sent = {event["id"]: (event["type"], number) for event, number in core.events}
    assert set(core.statuses) <= {"accepted", "duplicate"}
    assert Counter(rows(stage, "SELECT event_id, state FROM members_policyevent")) == Counter(
        (event_id, "published") for event_id in sent
    )
    assert rows(stage, "SELECT id FROM members_parkedevent") == []

    # Each has exactly the messages of its route, and each is where it should be.
    messages = rows(stage, MESSAGES)
    assert Counter((event_id, customer, channel) for event_id, customer, channel, *_ in messages) == Counter(
        (event_id, f"C{number}", channel)
        for event_id, (code, number) in sent.items()
        for channel in channels(code, number)
    )
    unfinished = [
        (channel, state, reason)
        for *_, channel, state, reason, _ in messages
        if state not in ("sent", "delivered") and (channel, state, bool(reason)) != ("eletter", "uncertain", True)
    ]
    assert unfinished == []

    # The provider, the mailboxes and the printer have each of them once.
    by_channel = {
        channel: {str(pk): state for *_, of, state, _, pk in messages if of == channel}
        for channel in ("sms", "wechat", "eletter", "letter")
    }
    stats = provider.ask("GET", "/stats")
    for service in ("sms", "wechat"):
        assert provider.knows(service, list(by_channel[service])) == set(by_channel[service])
        assert stats[service]["accepted"] == len(by_channel[service])
    letters = sorted(by_channel["letter"])
    assert printed_letters(stage) == (letters, letters)
    folder = Path(stage.folder.name) / "mail"
    mailed = Counter(
        mail.key for number in range(PEOPLE) for mail in mails_for(f"customer{number}@example.com", folder=folder)
    )
    assert set(mailed.values()) == {1}
    certain = {key for key, state in by_channel["eletter"].items() if state == "sent"}
    assert certain <= set(mailed) <= set(by_channel["eletter"])
