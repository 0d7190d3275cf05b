import pytest
from django.db import OperationalError, connection

from members.consumers import Consumed, UnknownConsumer, consume, drain, register, unread_shards
from members.crypto import CannotOpen
from members.models import ConsumerCursor, ParkedEvent
from members.shards import SHARDS, shard_of
from tests.members.policy_log import SHARD, insert_outputs, outputs, published, refusing, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("log_output", "consumers")]


def test_a_consumer_gets_every_event_once_in_order():
    events = published(3) + published(2)
    register("points", insert_outputs)
    assert consume("points", SHARD) == Consumed(read=5)
    assert consume("points", SHARD) == Consumed()
    assert outputs() == [event.pk for event in events]


def test_two_consumers_read_at_their_own_pace():
    first, second = published(2)
    register("points", insert_outputs)
    register("benefits", insert_outputs)
    assert consume("points", SHARD, limit=1) == Consumed(read=1, behind=True)
    assert consume("benefits", SHARD) == Consumed(read=2)
    assert outputs() == [first.pk, first.pk, second.pk]


def test_a_batch_that_ends_within_a_transaction_goes_on_where_it_ended():
    events = published(5)
    register("points", insert_outputs)
    assert [consume("points", SHARD, limit=2).read for _ in range(4)] == [2, 2, 1, 0]
    assert outputs() == [event.pk for event in events]


def test_a_consumer_reads_only_its_shard():
    other = next(f"P{n}" for n in range(100) if shard_of(f"P{n}") != SHARD)
    (mine,), (theirs,) = published(), published(subject=other)
    register("points", insert_outputs)
    consume("points", SHARD)
    assert outputs() == [mine.pk]
    consume("points", theirs.shard)
    assert outputs() == [mine.pk, theirs.pk]


@pytest.mark.parametrize("state", ["waiting_subject", "already_announced"])
def test_what_is_not_published_is_read_by_nobody(state):
    write(state=state)
    register("points", insert_outputs)
    assert consume("points", SHARD) == Consumed()
    assert outputs() == []


def test_an_unknown_consumer_is_refused():
    with pytest.raises(UnknownConsumer):
        consume("nobody", SHARD)
    assert not ConsumerCursor.objects.exists()


def test_a_poison_event_is_parked_and_the_others_go_on():
    events = published(5)
    register("points", refusing(events[2]))
    assert consume("points", SHARD) == Consumed(read=5, parked=1)
    assert outputs() == [event.pk for event in events if event != events[2]]
    parked = ParkedEvent.objects.get()
    assert (parked.consumer, parked.event_id, parked.attempts, parked.settled_at) == ("points", events[2].pk, 1, None)


def test_several_poison_events_leave_the_order_of_the_others():
    events = published(9)
    poison = [events[0], events[4], events[8]]
    register("points", refusing(*poison))
    assert consume("points", SHARD) == Consumed(read=9, parked=3)
    assert outputs() == [event.pk for event in events if event not in poison]
    assert list(ParkedEvent.objects.order_by("event").values_list("event", flat=True)) == [e.pk for e in poison]


def test_the_reason_names_the_place_and_nothing_of_what_foreign_code_says():
    (event,) = published()
    register("points", refusing(event))
    consume("points", SHARD)
    reason, place = ParkedEvent.objects.get().error.split("\n")
    assert reason == "ValueError"
    assert place.startswith("policy_log.py:")
    assert place.endswith(" apply")


def test_the_reason_quotes_our_own_exceptions_without_long_numbers_and_rows():
    published()

    def apply(events):
        raise CannotOpen("no premium of 13812345678\nDETAIL: 张三")

    register("points", apply)
    consume("points", SHARD)
    assert ParkedEvent.objects.get().error.split("\n")[0] == "CannotOpen: no premium of …"


def test_a_fault_that_shows_at_commit_is_blamed_on_its_event():
    good, poison, also_good = published(3)

    def apply(events):
        insert_outputs(events)
        if poison in events:
            # Django's foreign keys are checked at commit.
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO members_policyrole (policy_id, customer_id, role, relation)"
                    " VALUES (-1, -1, 'payer', '')"
                )

    register("points", apply)
    assert consume("points", SHARD) == Consumed(read=3, parked=1)
    assert outputs() == [good.pk, also_good.pk]
    assert ParkedEvent.objects.get().event == poison
    assert "DETAIL" not in ParkedEvent.objects.get().error


def test_a_fault_of_the_database_parks_nothing_and_moves_nothing():
    events = published(2)

    def deadlock(batch):
        insert_outputs(batch)
        raise OperationalError("deadlock detected")

    register("points", deadlock)
    with pytest.raises(OperationalError):
        consume("points", SHARD)
    assert outputs() == []
    assert not ParkedEvent.objects.exists()
    register("points", insert_outputs)
    assert consume("points", SHARD) == Consumed(read=2)
    assert outputs() == [event.pk for event in events]


def test_draining_reads_in_batches_until_nothing_is_left(monkeypatch):
    monkeypatch.setattr(consume, "__defaults__", (2,))
    events = published(5)
    register("points", insert_outputs)
    assert drain("points", SHARD) is False
    assert outputs() == [event.pk for event in events]


def test_draining_gives_way_when_its_time_is_up(monkeypatch):
    monkeypatch.setattr(consume, "__defaults__", (2,))
    events = published(5)
    register("points", insert_outputs)
    assert drain("points", SHARD, seconds=0) is True
    assert outputs() == [event.pk for event in events[:2]]


def test_the_sweep_finds_shards_with_unread_events_and_such_as_were_never_read():
    register("points", insert_outputs)
    assert unread_shards() == [("points", shard) for shard in range(SHARDS)]
    for shard in range(SHARDS):
        consume("points", shard)
    assert unread_shards() == []
    published()
    assert unread_shards() == [("points", SHARD)]
