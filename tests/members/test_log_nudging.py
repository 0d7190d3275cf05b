import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import OperationalError

from members.consumers import register
from members.events import PolicyEventsPublished, policy_events_published
from members.shards import SHARDS
from members.tasks import consume_shard, nudge_consumers, release_waiting_events
from tests.factories import PolicyFactory
from tests.members.policy_log import SHARD, SUBJECT, insert_outputs, outputs, published, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("log_output", "consumers")]


def tell(*shards):
    policy_events_published.send(PolicyEventsPublished, fact=PolicyEventsPublished(shards=shards))


def test_what_is_published_is_read_as_soon_as_it_is_committed(django_capture_on_commit_callbacks):
    register("points", insert_outputs)
    register("benefits", insert_outputs)
    with django_capture_on_commit_callbacks(execute=True):
        (event,) = published()
        tell(SHARD)
        assert outputs() == []
    assert outputs() == [event.pk, event.pk]


def test_only_the_shards_that_were_told_of_are_read(django_capture_on_commit_callbacks):
    published()
    register("points", insert_outputs)
    with django_capture_on_commit_callbacks(execute=True):
        tell((SHARD + 1) % SHARDS)
    assert outputs() == []


def test_the_sweep_reads_what_no_nudge_told_of_and_runs_twice_without_harm():
    events = published(3)
    register("points", insert_outputs)
    nudge_consumers()
    nudge_consumers()
    assert outputs() == [event.pk for event in events]


def test_a_task_that_met_a_fault_of_the_moment_is_tried_again(monkeypatch):
    monkeypatch.setitem(consume_shard.app.conf, "task_eager_propagates", False)
    (event,) = published()
    faults = [OperationalError("the connection was lost"), OperationalError("deadlock detected")]

    def apply(events):
        if faults:
            raise faults.pop()
        insert_outputs(events)

    register("points", apply)
    consume_shard.apply(("points", SHARD))
    assert outputs() == [event.pk]


def test_a_released_event_is_read(django_capture_on_commit_callbacks, monkeypatch):
    event = write(state="waiting_subject")
    PolicyFactory(policy_no=SUBJECT)
    register("points", insert_outputs)
    # The test's own transaction never commits, so what it publishes now would stay hidden.
    monkeypatch.setattr("members.models.policy_event.PolicyEventQuerySet.settled", lambda self: self)
    with django_capture_on_commit_callbacks(execute=True):
        release_waiting_events()
    assert outputs() == [event.pk]


WITHOUT_BROKER = """
from tests import servers
import django
django.setup()
from portal.celery import app
from members.tasks import nudge
app.conf.task_always_eager = False
nudge([("points", shard) for shard in range(8)])
print("went on")
"""


def test_without_a_broker_a_nudge_is_logged_and_nobody_is_stopped():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_BROKER],
        env={**os.environ, "CELERY_BROKER_URL": "redis://127.0.0.1:1/0"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "went on" in done.stdout
    assert (done.stdout + done.stderr).count("nudge_lost") == 1
