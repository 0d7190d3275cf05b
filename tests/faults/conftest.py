"""Messages that wait to be sent in a database that other processes see, and workers that are killed."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from notifications.actions import send_due
from notifications.actions.announce import announce_policy_events
from notifications.channels.registry import backend_of
from notifications.models import Attempt, Message, Priority
from tests.factories import CustomerFactory, PolicyEventFactory, PolicyFactory
from tests.notifications.conftest import make_event_type
from tests.notifications.letter_samples import archive_in

ROOT = Path(__file__).resolve().parent.parent.parent
SETTINGS = ("SANDBOX_URL", "SANDBOX_SECRET", "EMAIL_HOST", "EMAIL_PORT", "PRINT_FOLDER")


@pytest.fixture(autouse=True)
def var(settings, tmp_path):
    """Letters and print batches of this test alone, in the places where a worker process looks for them."""
    archive_in(settings, tmp_path)
    settings.PRINT_FOLDER = tmp_path / "print"
    return tmp_path


@pytest.fixture
def kill_worker(settings, var):
    """Runs a worker that claims what is due on a channel and dies at the given point (doomed_worker.py)."""

    def kill_worker(channel, point):
        database = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
        own = {name: str(getattr(settings, name)) for name in SETTINGS}
        worker = subprocess.run(
            [sys.executable, "-m", "tests.faults.doomed_worker", channel, point],
            env={**os.environ, **own, "DATABASE_URL": database, "BANYAN_VAR": str(var)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert worker.returncode == -signal.SIGKILL, worker.stderr

    return kill_worker


@pytest.fixture
def announce(monkeypatch):
    """Announces an event for each of these customers; nobody sends but the test's own workers."""
    monkeypatch.setattr("notifications.nudging.nudge_channel", lambda *_, **__: None)

    def announce(*customers, **route):
        event_type = make_event_type(**{"channels": ["sms", "wechat"], **route})
        values = {"customer_name": "王先生", "premium": "6800.00", "due_date": "2026-12-31"}
        announce_policy_events(
            [
                PolicyEventFactory(
                    type=event_type.code,
                    data={**values, "policy_no": PolicyFactory(policyholder=customer).policy_no},
                )
                for customer in customers
            ]
        )
        return list(Message.objects.order_by("pk"))

    return announce


@pytest.fixture
def alice(db):
    """Reached by SMS, e-letter and on paper."""
    return CustomerFactory(reachable=True)


def send(channel):
    """One turn of a worker; whether it found anything to try."""
    before = Attempt.objects.count()
    send_due.send_batch(backend_of(channel), channel, priorities=list(Priority))
    return Attempt.objects.count() > before


def let_leases_run_out():
    past = timezone.now() - timedelta(seconds=1)
    assert Message.objects.filter(state="sending").update(lease_until=past)


def let_waits_end():
    """What is to be tried later is due now."""
    Message.objects.filter(state="pending").update(send_after=timezone.now())
