"""Readers and writers at the same time, on connections of their own, with controls that show the danger."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Event
from time import monotonic, sleep

import pytest
from django.db import connection, transaction

from members.consumers import Consumed, consume, drain, register
from members.models import ConsumerCursor
from members.models.policy_event import ConsumerCursorQuerySet, PolicyEventQuerySet
from tests.members.policy_log import SHARD, insert_outputs, outputs, publish

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("log_output", "consumers")]

SOON = 20


def consume_settled() -> Consumed:
    """One batch, once nothing hides it: a test beside this one may be in a transaction, and that hides events from
    the readers of every database of the server."""
    while (consumed := consume("points", SHARD)).behind:
        sleep(0.01)
    return consumed


@contextmanager
def in_another_thread(work) -> Iterator:
    """Runs `work` on a connection of its own; its result when the block ends."""

    def closing():
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(closing)


class SlowWriter:
    """Publishes an event at once and commits when told."""

    def __init__(self):
        self.has_written, self.may_commit = Event(), Event()
        self.event = None

    def __call__(self):
        with transaction.atomic():
            self.event = publish()
            self.has_written.set()
            assert self.may_commit.wait(SOON)


def read_while_a_slow_writer_holds_back():
    """What `points` gets when a writer began before another one, but commits after it has been read."""
    register("points", insert_outputs)
    slow = SlowWriter()
    with in_another_thread(slow) as writing:
        assert slow.has_written.wait(SOON)
        with transaction.atomic():
            fast = publish()
        meanwhile = consume("points", SHARD)
        slow.may_commit.set()
        writing.result(SOON)
    consume_settled()
    return slow.event, fast, meanwhile


def test_the_events_of_a_slow_transaction_are_not_skipped():
    slow, fast, meanwhile = read_while_a_slow_writer_holds_back()
    assert meanwhile == Consumed(read=0, behind=True)
    assert outputs() == [slow.pk, fast.pk]


def test_control_a_reader_that_ignores_running_transactions_loses_events(monkeypatch):
    monkeypatch.setattr(PolicyEventQuerySet, "settled", lambda self: self)
    _slow, fast, meanwhile = read_while_a_slow_writer_holds_back()
    assert meanwhile == Consumed(read=1)
    assert outputs() == [fast.pk]


def test_draining_waits_a_little_for_what_a_running_transaction_hides(monkeypatch):
    monkeypatch.setattr("members.consumers.draining.PATIENCE_SECONDS", SOON)
    register("points", insert_outputs)
    slow = SlowWriter()
    with in_another_thread(slow) as writing:
        assert slow.has_written.wait(SOON)
        with transaction.atomic():
            fast = publish()
        with in_another_thread(lambda: drain("points", SHARD)) as draining:
            slow.may_commit.set()
            assert draining.result(SOON) is False
        writing.result(SOON)
    assert outputs() == [slow.event.pk, fast.pk]


def read_twice_at_once():
    """What two workers make of one shard when the second comes while the first is in the middle of a batch."""
    with transaction.atomic():
        events = [publish() for _ in range(3)]
    in_the_middle, go_on = Event(), Event()

    def first_one_waits(batch):
        if not in_the_middle.is_set():
            in_the_middle.set()
            assert go_on.wait(SOON)
        insert_outputs(batch)

    register("points", first_one_waits)
    # The cursor exists, as after the first minute of any installation.
    ConsumerCursor.objects.create(consumer="points", shard=SHARD)
    with in_another_thread(consume_settled) as first:
        assert in_the_middle.wait(SOON)
        with in_another_thread(consume_settled) as second:
            # The control's second worker waits for the first at the end, to move the same cursor.
            release_when(go_on, second)
        return events, first.result(SOON), second.result(SOON)


def release_when(go_on, second):
    try:
        second.result(1)
    except TimeoutError:
        pass
    finally:
        go_on.set()


def test_a_second_worker_leaves_at_once_and_no_event_is_taken_twice():
    events, first, second = read_twice_at_once()
    assert (first, second) == (Consumed(read=3), Consumed())
    assert outputs() == [event.pk for event in events]


def test_control_without_the_lock_events_are_taken_twice(monkeypatch):
    monkeypatch.setattr(ConsumerCursorQuerySet, "select_for_update", lambda self, **_: self)
    events, _first, _second = read_twice_at_once()
    assert sorted(outputs()) == sorted([event.pk for event in events] * 2)


def test_two_workers_that_open_a_shard_together_take_each_event_once():
    with transaction.atomic():
        events = [publish() for _ in range(3)]
    register("points", insert_outputs)
    together = Barrier(2)

    def work():
        together.wait(SOON)
        return consume_settled().read

    with in_another_thread(work) as first, in_another_thread(work) as second:
        assert sorted([first.result(SOON), second.result(SOON)]) == [0, 3]
    assert outputs() == [event.pk for event in events]


KILLED = """
from tests import servers
import django, time
django.setup()
from members.consumers import consume, register
from tests.members.policy_log import SHARD, insert_outputs

def slow(events):
    insert_outputs(events[:2])
    print("in the middle", flush=True)
    time.sleep(60)

register("points", slow)
while consume("points", SHARD).behind:
    time.sleep(0.01)
"""


def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing():
    with transaction.atomic():
        events = [publish() for _ in range(3)]
    database = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    worker = subprocess.Popen(
        [sys.executable, "-c", KILLED],
        env={**os.environ, "DATABASE_URL": database},
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert worker.stdout.readline() == "in the middle\n"
    finally:
        worker.kill()
        worker.communicate(timeout=SOON)
    register("points", insert_outputs)
    # The server notices the lost client when it next speaks to it; until then the shard is taken.
    assert wait_for(lambda: consume("points", SHARD).read) == 3
    assert outputs() == [event.pk for event in events]
    assert consume("points", SHARD).read == 0


def wait_for(reading):
    ends = monotonic() + SOON
    while monotonic() < ends:
        if read := reading():
            return read
        sleep(0.05)
    return 0
