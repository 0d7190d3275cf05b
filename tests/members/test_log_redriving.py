from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from members.actions.redrive_parked_event import AlreadySettled, Redriven, redrive_parked_event
from members.actions.replay_events import replay_events
from members.consumers import consume, register, unread_shards
from members.models import ConsumerCursor, ParkedEvent
from tests.members.policy_log import SHARD, insert_outputs, outputs, published, refusing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("log_output", "consumers")]


@pytest.fixture
def parked():
    """An event that `points` would not take; its cause has been mended since."""
    (event,) = published()
    register("points", refusing(event))
    consume("points", SHARD)
    register("points", insert_outputs)
    return ParkedEvent.objects.get()


def test_a_redriven_event_is_settled_and_has_its_effect(parked):
    assert redrive_parked_event(parked_id=parked.pk) == Redriven(settled=True)
    parked.refresh_from_db()
    assert (parked.settled_at is None, parked.attempts) == (False, 1)
    assert outputs() == [parked.event_id]


def test_a_redriven_event_that_fails_again_stays_with_one_more_attempt(parked):
    register("points", refusing(parked.event))
    assert redrive_parked_event(parked_id=parked.pk) == Redriven(settled=False)
    parked.refresh_from_db()
    assert (parked.settled_at, parked.attempts) == (None, 2)
    assert outputs() == []


def test_a_settled_event_is_not_redriven_again(parked):
    redrive_parked_event(parked_id=parked.pk)
    with pytest.raises(AlreadySettled):
        redrive_parked_event(parked_id=parked.pk)
    assert outputs() == [parked.event_id]


def test_a_replay_settles_what_it_takes_and_counts_what_it_parks_again(parked):
    register("points", refusing(parked.event))
    replay_events(consumer="points", since=timezone.now() - timedelta(hours=1))
    consume("points", SHARD)
    parked.refresh_from_db()
    assert (parked.settled_at, parked.attempts) == (None, 2)
    register("points", insert_outputs)
    replay_events(consumer="points", since=timezone.now() - timedelta(hours=1))
    consume("points", SHARD)
    parked.refresh_from_db()
    assert parked.settled_at is not None


def test_a_replay_begins_with_what_was_accepted_at_the_time():
    now = timezone.now()
    published(accepted_at=now - timedelta(days=3))
    events = published(accepted_at=now - timedelta(days=1)) + published(accepted_at=now)
    register("points", insert_outputs)
    consume("points", SHARD)
    already = len(outputs())
    assert replay_events(consumer="points", since=now - timedelta(days=2)) == 2
    assert ("points", SHARD) in unread_shards()
    consume("points", SHARD)
    assert outputs()[already:] == [event.pk for event in events]


def test_a_replay_skips_nothing_unread():
    events = published(2)
    register("points", insert_outputs)
    consume("points", SHARD, limit=1)
    assert replay_events(consumer="points", since=timezone.now() + timedelta(days=1)) == 0
    consume("points", SHARD)
    assert outputs() == [event.pk for event in events]


def test_a_replay_leaves_other_consumers_alone():
    published()
    register("points", insert_outputs)
    register("benefits", insert_outputs)
    consume("points", SHARD)
    consume("benefits", SHARD)
    before = ConsumerCursor.objects.get(consumer="benefits").xid
    replay_events(consumer="points", since=timezone.now() - timedelta(days=1))
    assert ConsumerCursor.objects.get(consumer="points").xid == before
    assert consume("points", SHARD).read == 1
    assert consume("benefits", SHARD).read == 0


def test_the_command_moves_the_cursor_back():
    published(2)
    register("points", insert_outputs)
    consume("points", SHARD)
    out = StringIO()
    call_command("replay_events", "points", "--from", "2020-01-01", stdout=out)
    assert out.getvalue() == "events to be read again: 2\n"
    assert consume("points", SHARD).read == 2


@pytest.mark.parametrize(
    ("args", "fault"), [(("nobody", "--from", "2026-01-01"), "points"), (("points", "--from", "soon"), "soon")]
)
def test_the_command_refuses_what_it_does_not_know(args, fault):
    register("points", insert_outputs)
    with pytest.raises(CommandError, match=fault):
        call_command("replay_events", *args)
