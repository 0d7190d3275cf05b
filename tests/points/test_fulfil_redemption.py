"""Top-ups through the provider's sandbox, a process of its own: nothing is lost and nothing is paid twice."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from time import sleep

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from members import http_calls
from points.actions import fulfil_redemption as fulfilling
from points.actions.fulfil_redemption import DOUBTFUL_AFTER, LEASE, due_redemptions, fulfil_redemption
from points.models import Redemption, Reward
from points.queries import balance_of
from points.tasks import fulfil_redemption as fulfil_task
from points.tasks import sweep_redemptions
from tests.points.reward_cast import IQIYI, PHONE, change, redeem, redeemer
from tests.sandbox import SECRET, eventually

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rewards")]
State = Redemption.State


@pytest.fixture
def impatient(monkeypatch):
    """Whoever waits for an answer gives up soon."""
    monkeypatch.setattr(http_calls, "READ_TIMEOUT_S", 0.5)


def fulfilled(redemption, *, after=timedelta()):
    """The redemption, after whatever is due `after` now was done."""
    with time_machine.travel(timezone.now() + after):
        if redemption.pk in due_redemptions():
            fulfil_redemption(redemption_id=redemption.pk)
    redemption.refresh_from_db()
    redemption.hold.refresh_from_db()
    return redemption


def topped_up(topups, redemption):
    """How often the phone really was topped up."""
    return [order["status"] for order in topups.of(redemption.mobile)].count("delivered")


def points_of(redemption):
    balance = balance_of(redemption.member_id)
    return balance.available, balance.held


def test_it_works(topups):
    redemption = fulfilled(redeem(redeemer(), PHONE))
    assert (redemption.state, redemption.hold.state, redemption.attempts) == (State.DELIVERED, "captured", 1)
    assert redemption.provider_reference == "T00000001"
    assert points_of(redemption) == (9_000, 0)
    assert topups.of(redemption.mobile) == [
        {"product": PHONE, "status": "delivered", "reference": "T00000001", "code": ""}
    ]


def test_a_membership_is_good_for_as_long_as_the_catalogue_says(topups):
    redemption = fulfilled(redeem(redeemer(), IQIYI, mobile="13812345678"))
    assert redemption.state == State.DELIVERED
    assert redemption.good_until > timezone.localdate() + timedelta(days=80)
    assert topped_up(topups, redemption) == 1


def test_it_begins_as_soon_as_the_redemption_stands(topups, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        redemption = redeem(redeemer(), PHONE)
    redemption.refresh_from_db()
    assert redemption.state == State.DELIVERED


def test_refused_for_good_and_the_points_are_back(topups):
    topups.turn(refusal_rate=1)
    change(PHONE, stock=5)
    redemption = fulfilled(redeem(redeemer(), PHONE))
    assert (redemption.state, redemption.failure, redemption.hold.state) == (State.FAILED, "refused", "voided")
    assert redemption.problem == "number_rejected"
    assert points_of(redemption) == (10_000, 0)
    assert Reward.objects.get(sku=PHONE).stock == 5
    assert topped_up(topups, redemption) == 0


def test_what_came_to_nothing_counts_for_no_limit(topups):
    change(PHONE, limit_count=1, limit_period="month")
    topups.turn(refusal_rate=1)
    alice = redeemer()
    fulfilled(redeem(alice, PHONE))
    topups.turn(refusal_rate=0)
    assert fulfilled(redeem(alice, PHONE)).state == State.DELIVERED


def test_the_answer_is_lost_but_the_phone_was_topped_up(topups, impatient):
    topups.turn(timeout_rate=1)
    redemption = fulfilled(redeem(redeemer(), PHONE))
    assert (redemption.state, redemption.problem, redemption.hold.state) == (
        *(State.FULFILLING, "no answer in time"),
        "open",
    )
    assert redemption.next_try_at > timezone.now()
    topups.turn(timeout_rate=0)
    assert fulfilled(redemption, after=timedelta(seconds=6)).state == State.DELIVERED
    # It was asked what became of it, and not ordered again.
    assert topups.stats() == {"orders": 1, "repeated": 0, "questions": 1}
    assert (topped_up(topups, redemption), points_of(redemption)) == (1, (9_000, 0))


def test_nonsense_for_an_answer_is_asked_after(topups):
    topups.turn(garbage_rate=1)
    redemption = fulfilled(redeem(redeemer(), PHONE))
    assert (redemption.state, redemption.problem) == (State.FULFILLING, "unreadable answer")
    assert fulfilled(redemption, after=timedelta(seconds=6)).state == State.DELIVERED
    assert topups.stats()["orders"] == 1


def test_a_server_error_is_asked_after_and_ordered_only_when_it_is_unknown(topups):
    topups.turn(server_error_rate=1)
    redemption = fulfilled(redeem(redeemer(), PHONE))
    assert (redemption.state, redemption.problem) == (State.FULFILLING, "HTTP 500")
    topups.turn(server_error_rate=0)
    assert fulfilled(redemption, after=timedelta(seconds=6)).state == State.DELIVERED
    assert topups.stats() == {"orders": 2, "repeated": 0, "questions": 1}
    assert topped_up(topups, redemption) == 1


def test_while_the_provider_does_not_tell_nothing_is_ordered_again(topups):
    topups.turn(server_error_rate=1)
    redemption = fulfilled(redeem(redeemer(), PHONE))
    topups.turn(server_error_rate=0, deaf_rate=1)
    for minutes in (1, 5, 10):
        assert fulfilled(redemption, after=timedelta(minutes=minutes)).state == State.FULFILLING
    assert topups.stats()["orders"] == 1


def test_busy_is_tried_again_without_a_question(topups):
    topups.turn(busy_rate=1)
    redemption = fulfilled(redeem(redeemer(), PHONE))
    assert (redemption.state, redemption.ordered_at, redemption.problem) == (State.FULFILLING, None, "carrier_busy")
    topups.turn(busy_rate=0)
    assert fulfilled(redemption, after=timedelta(seconds=6)).state == State.DELIVERED
    assert "questions" not in topups.stats()


def test_a_provider_that_is_never_reached_gives_the_points_back_after_hours(topups):
    topups.stop()
    redemption = fulfilled(redeem(redeemer(), PHONE))
    assert (redemption.state, redemption.problem, redemption.ordered_at) == (State.FULFILLING, "no connection", None)
    assert fulfilled(redemption, after=DOUBTFUL_AFTER - timedelta(minutes=5)).state == State.FULFILLING
    assert fulfilled(redemption, after=DOUBTFUL_AFTER + timedelta(hours=1)).state == State.FAILED
    assert (redemption.failure, points_of(redemption)) == ("unreachable", (10_000, 0))


def test_a_provider_that_takes_no_second_order_may_yet_deliver_the_first(topups):
    """What became of the first is not known, to the provider neither, and it is too busy for another."""
    topups.turn(server_error_rate=1)
    redemption = fulfilled(redeem(redeemer(), PHONE))
    ordered = redemption.ordered_at
    assert ordered
    topups.turn(server_error_rate=0, busy_rate=1)
    late = fulfilled(redemption, after=DOUBTFUL_AFTER + timedelta(hours=1))
    assert (late.problem, late.state, late.ordered_at, points_of(late)) == (
        "carrier_busy",
        State.DOUBTFUL,
        ordered,
        (9_000, 1_000),
    )


def test_a_late_answer(topups):
    topups.turn(late_ms=400)
    redemption = fulfilled(redeem(redeemer(), PHONE))
    assert (redemption.state, points_of(redemption)) == (State.FULFILLING, (9_000, 1_000))
    sleep(0.5)
    assert fulfilled(redemption, after=timedelta(seconds=6)).state == State.DELIVERED
    assert topups.stats()["orders"] == 1


def test_a_late_refusal(topups):
    topups.turn(late_ms=400, late_refusal_rate=1)
    redemption = fulfilled(redeem(redeemer(), PHONE))
    assert redemption.state == State.FULFILLING
    sleep(0.5)
    assert fulfilled(redemption, after=timedelta(seconds=6)).state == State.FAILED
    assert points_of(redemption) == (10_000, 0)


def test_after_hours_without_an_answer_staff_look_into_it_and_the_provider_goes_on_being_asked(topups):
    topups.turn(garbage_rate=1)
    redemption = fulfilled(redeem(redeemer(), PHONE))
    topups.turn(deaf_rate=1)
    assert fulfilled(redemption, after=DOUBTFUL_AFTER + timedelta(minutes=1)).state == State.DOUBTFUL
    assert points_of(redemption) == (9_000, 1_000)
    topups.turn(deaf_rate=0)
    assert fulfilled(redemption, after=DOUBTFUL_AFTER + timedelta(hours=1)).state == State.DELIVERED


def test_once_more_does_nothing(topups):
    redemption = fulfilled(redeem(redeemer(), PHONE))
    ended_at = redemption.ended_at
    for _ in range(2):
        fulfil_task(redemption.pk)
        sweep_redemptions()
    redemption.refresh_from_db()
    assert (redemption.ended_at, redemption.attempts, topups.stats()["orders"]) == (ended_at, 1, 1)


def test_what_is_not_due_yet_is_left_alone(topups):
    topups.turn(busy_rate=1)
    redemption = fulfilled(redeem(redeemer(), PHONE))
    assert due_redemptions() == []
    fulfil_redemption(redemption_id=redemption.pk)
    assert topups.stats()["orders"] == 1


def test_the_sweep_finds_what_nobody_was_nudged_about(topups):
    redemption = redeem(redeemer(), PHONE)
    sweep_redemptions()
    redemption.refresh_from_db()
    assert redemption.state == State.DELIVERED


def test_an_answer_to_an_old_claim_changes_nothing(topups):
    """A worker that slept through its lease comes back when another has taken over."""
    topups.turn(late_ms=60_000)
    redemption = redeem(redeemer(), PHONE)
    old, _is_new = fulfilling.claim(redemption.pk)
    assert redemption.pk not in due_redemptions()
    fulfilled(redemption, after=LEASE + timedelta(seconds=1))
    refusal = fulfilling.Answer(fulfilling.Outcome.REFUSED)
    fulfilling.settle(is_new=False, redemption_id=redemption.pk, attempt=old.attempts, answer=refusal)
    redemption.refresh_from_db()
    assert (redemption.state, redemption.attempts, topups.stats()["orders"]) == (State.FULFILLING, 2, 1)


WORKER = """
import django, sys
django.setup()
from points.actions.fulfil_redemption import fulfil_redemption
fulfil_redemption(redemption_id=int(sys.argv[1]))
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_killed_between_the_call_and_its_answer(topups, monkeypatch):
    topups.turn(latency_ms=8_000)
    monkeypatch.setattr("points.receivers.nudge_redemption", lambda _: None)
    redemption = redeem(redeemer(), PHONE)
    database = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    where = {"TOPUP_URL": topups.url, "TOPUP_SECRET": SECRET, "DATABASE_URL": database}
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(redemption.pk)],
        env={**os.environ, **where, "DJANGO_SETTINGS_MODULE": "portal.settings.test"},
    )
    eventually(lambda: topups.of(redemption.mobile), 60)
    worker.kill()
    worker.wait(10)
    topups.turn(latency_ms=0)
    redemption.refresh_from_db()
    assert (redemption.state, redemption.hold.state) == (State.FULFILLING, "open")
    assert redemption.pk not in due_redemptions(), "its lease goes on"
    assert fulfilled(redemption, after=LEASE + timedelta(seconds=1)).state == State.DELIVERED
    assert (topped_up(topups, redemption), points_of(redemption)) == (1, (9_000, 0))


def by_two_workers(redemption):
    gate = Barrier(2)

    def work(_):
        try:
            gate.wait(20)
            fulfil_redemption(redemption_id=redemption.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))


@pytest.fixture
def waiting(topups, monkeypatch):
    """A redemption that nobody has begun to fulfil; answers take a while, so that two workers meet."""
    monkeypatch.setattr("points.receivers.nudge_redemption", lambda _: None)
    topups.turn(latency_ms=300)
    return redeem(redeemer(), PHONE)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_order_once(topups, waiting):
    by_two_workers(waiting)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts, topups.stats()["orders"]) == (State.DELIVERED, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_control_without_the_claim_both_order(topups, waiting, monkeypatch):
    """Even so the phone is topped up once, since both say the same reference."""
    monkeypatch.setattr(fulfilling, "claim", lambda pk: (Redemption.objects.get(pk=pk), True))
    by_two_workers(waiting)
    waiting.refresh_from_db()
    assert (topups.stats()["orders"], topped_up(topups, waiting)) == (2, 1)
