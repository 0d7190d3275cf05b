import pytest
import time_machine
from django.db import connection
from django.dispatch import Signal
from django.utils import timezone

from members import events
from members.consumers import registry

#: What members itself does about these is tested here.
HEARD = (
    events.policy_events_accepted,
    events.policy_events_published,
    events.face_frames_arrived,
    events.face_purge_asked,
    events.level_changed,
)


@pytest.fixture(autouse=True)
def unheard(monkeypatch):
    """What members tells reaches no package above: the tests of what is sent stand with notifications."""
    for signal in vars(events).values():
        if isinstance(signal, Signal) and signal not in HEARD:
            monkeypatch.setattr(signal, "receivers", [])
            signal.sender_receivers_cache.clear()


@pytest.fixture
def log_output():
    """A table for what a consumer makes of events."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE log_output (id bigserial, event bigint)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE log_output")


@pytest.fixture
def consumers(monkeypatch):
    """The consumers of this test alone: name → apply."""
    own = {}
    monkeypatch.setattr(registry, "_consumers", own)
    return own


@pytest.fixture
def clock():
    """Time stands still until a test shifts it."""
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller
