"""Claims, outcomes, receipts, the next channel, and the repair of what was lost."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import time, timedelta
from functools import partial
from time import monotonic, sleep

import pytest
from django.db import OperationalError, close_old_connections, connection, transaction
from django.utils import timezone

from notifications.actions import send_due, sweep
from notifications.actions.announce import announce_policy_events
from notifications.actions.record_receipts import ReceiptNotice, record_receipts
from notifications.channels import Result
from notifications.models import Attempt, Message, Receipt
from notifications.outcomes import MAX_ATTEMPTS
from tests.factories import CustomerFactory, MemberFactory, PolicyEventFactory, PolicyFactory, WeChatBindingFactory
from tests.locks import waiting_for_locks
from tests.notifications.conftest import make_event_type

State, Outcome = Message.State, Attempt.Outcome
ALL = [0, 1, 2, 3]


@pytest.fixture
def alice(db):
    """Reached by SMS, then by WeChat."""
    alice = CustomerFactory(reachable=True)
    WeChatBindingFactory(member=MemberFactory(customer=alice))
    return alice


@pytest.fixture
def message(premium_due, alice):
    policy = PolicyFactory(policyholder=alice)
    announce_policy_events(
        [
            PolicyEventFactory(
                data={
                    "policy_no": policy.policy_no,
                    "customer_name": "王先生",
                    "premium": "6800.00",
                    "due_date": "2026-12-31",
                }
            )
        ]
    )
    return Message.objects.get(channel="sms")


def claim(limit=10):
    return send_due.claim("sms", priorities=ALL, limit=limit)


def record(outcome, detail="", reference=""):
    """One claim and its outcome."""
    (claimed,) = claim()
    send_due.record(
        [claimed],
        [Result(str(claimed.pk), outcome, reference, detail)],
        provider="sandbox",
        started_at=timezone.now(),
    )


def notice(message, status, seconds=0):
    return ReceiptNotice(str(message.pk), status, "", timezone.now() + timedelta(seconds=seconds))


def test_claimed_message_is_leased_and_not_claimed_again(message):
    assert [m.pk for m in claim()] == [message.pk]
    assert claim() == []
    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.SENDING, 1)
    assert message.lease_until > timezone.now()


def test_claim_keeps_its_limit_whatever_plan_is_chosen(message):
    """With nested loops only, a sub-select with LIMIT would run again for every row."""
    for number in range(20):
        message.pk, message.cause = None, f"another {number}"
        message.save()
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_hashagg = off"
        )
    assert len(claim(limit=3)) == 3


def test_critical_messages_are_claimed_first(message):
    message.pk, message.cause, message.priority = None, "another", 0
    message.save()
    assert [m.priority for m in claim(limit=1)] == [0]


def test_message_waits_for_the_end_of_quiet_hours(message):
    Message.objects.update(send_after=timezone.now() + timedelta(hours=1))
    assert claim() == []


def test_accepted_message_is_sent(message):
    record(Outcome.ACCEPTED, reference="S-1")
    message.refresh_from_db()
    assert (message.state, message.provider, message.provider_ref) == (State.SENT, "sandbox", "S-1")
    assert message.sent_at
    assert [a.outcome for a in message.attempt_log.all()] == [Outcome.ACCEPTED]


def test_refusal_fails_and_goes_on_to_the_next_channel(message):
    record(Outcome.PERMANENT, "no such number")
    message.refresh_from_db()
    assert (message.state, message.reason, message.next_channels) == (State.FAILED, "no such number", [])
    following = Message.objects.get(channel="wechat")
    assert (following.state, following.cause, following.next_channels) == (State.PENDING, message.cause, [])


def test_temporary_failure_is_tried_later_with_growing_waits(message):
    waits = []
    for _ in range(3):
        Message.objects.filter(channel="sms").update(send_after=timezone.now())
        record(Outcome.TEMPORARY, "502")
        message.refresh_from_db()
        assert message.state == State.PENDING
        waits.append((message.send_after - timezone.now()).total_seconds())
    assert 6 < waits[0] < 15
    assert 14 < waits[1] < 30
    assert 28 < waits[2] < 60


def test_last_attempt_fails_for_good(message):
    Message.objects.filter(channel="sms").update(attempts=MAX_ATTEMPTS - 1)
    record(Outcome.TEMPORARY, "502")
    message.refresh_from_db()
    assert message.state == State.FAILED
    assert Message.objects.filter(channel="wechat", state=State.PENDING).exists()


def test_throttling_does_not_count_as_an_attempt(message):
    record(Outcome.THROTTLED)
    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.PENDING, 0)


def test_result_that_is_missing_leaves_the_message_to_be_asked_after(message):
    claimed = claim()
    send_due.record(claimed, [], provider="sandbox", started_at=timezone.now())
    message.refresh_from_db()
    assert message.state == State.SENDING


def test_late_record_of_a_lost_claim_changes_nothing(message):
    """The lease ran out, somebody else sent it: the first worker's outcome comes too late."""
    first = claim()
    Message.objects.filter(pk=message.pk).update(state=State.PENDING, lease_until=None)
    second = claim()
    assert second[0].attempts == 2
    late = [Result(str(message.pk), Outcome.PERMANENT, detail="late")]
    send_due.record(first, late, provider="sandbox", started_at=timezone.now())
    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.SENDING, 2)


def test_answer_that_comes_when_the_message_was_taken_for_uncertain_settles_it(message):
    claimed = claim()
    Message.objects.update(state=State.UNCERTAIN, reason="the answer was lost", lease_until=None)
    results = [Result(str(message.pk), Outcome.ACCEPTED, reference="S-1")]
    send_due.record(claimed, results, provider="sandbox", started_at=timezone.now())
    message.refresh_from_db()
    assert (message.state, message.reason, message.provider_ref) == (State.SENT, "", "S-1")


def test_what_was_noted_of_an_open_call_outlives_a_record_without_an_answer(message):
    claimed = claim()
    Message.objects.update(provider_ref="begun")
    send_due.record(claimed, [], provider="smtp", started_at=timezone.now())
    message.refresh_from_db()
    assert (message.state, message.provider_ref) == (State.SENDING, "begun")


def test_receipt_delivers(message):
    record(Outcome.ACCEPTED)
    record_receipts(provider="sandbox", notices=[notice(message, "delivered"), notice(message, "read", 1)])
    message.refresh_from_db()
    assert message.state == State.DELIVERED
    assert message.delivered_at
    assert message.read_at


def test_receipt_that_overtakes_the_record_counts(message):
    claimed = claim()
    record_receipts(provider="sandbox", notices=[notice(message, "delivered")])
    results = [Result(str(message.pk), Outcome.ACCEPTED)]
    send_due.record(claimed, results, provider="sandbox", started_at=timezone.now())
    message.refresh_from_db()
    assert message.state == State.DELIVERED


@pytest.mark.parametrize("order", [["failed", "delivered"], ["delivered", "failed"]])
def test_delivered_beats_failed_in_any_order(message, order):
    record(Outcome.ACCEPTED)
    for seconds, status in enumerate(order):
        record_receipts(provider="sandbox", notices=[notice(message, status, seconds)])
    message.refresh_from_db()
    assert message.state == State.DELIVERED


def test_same_receipt_twice_is_kept_once(message):
    record(Outcome.ACCEPTED)
    twice = notice(message, "failed")
    for _ in range(2):
        record_receipts(provider="sandbox", notices=[twice])
    assert Receipt.objects.count() == 1
    assert Message.objects.filter(channel="wechat").count() == 1


def test_receipts_for_unknown_messages_are_counted_and_refuse_nothing(message):
    record(Outcome.ACCEPTED)
    strange = [ReceiptNotice(key, "delivered", "", timezone.now()) for key in ("0", "x", "9" * 30)]
    told = record_receipts(provider="sandbox", notices=[*strange, notice(message, "delivered")])
    assert (told.recorded, told.unknown) == (1, 3)


def test_no_receipt_in_time_goes_on_to_the_next_channel(message):
    record(Outcome.ACCEPTED)
    assert sweep.escalate_unanswered() == 0
    Message.objects.filter(pk=message.pk).update(sent_at=timezone.now() - timedelta(minutes=61))
    assert sweep.escalate_unanswered() == 1
    assert sweep.escalate_unanswered() == 0
    message.refresh_from_db()
    assert message.state == State.SENT
    assert Message.objects.get(channel="wechat").state == State.PENDING


def test_one_time_code_expires(message):
    Message.objects.filter(pk=message.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert claim() == []
    assert sweep.expire_overdue_messages() == 1
    message.refresh_from_db()
    assert message.state == State.EXPIRED


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False])
def test_two_workers_never_claim_the_same_message(monkeypatch, locked):
    """With the row locks nobody gets a message twice; without them (the control) both workers get some."""
    if not locked:
        monkeypatch.setattr(send_due, "CLAIM", send_due.CLAIM.replace("FOR UPDATE SKIP LOCKED", ""))
    make_event_type()
    policy = PolicyFactory(policyholder=CustomerFactory(reachable=True))
    data = {"policy_no": policy.policy_no, "customer_name": "王", "premium": "1.00", "due_date": "2026-12-31"}
    monkeypatch.setattr("notifications.nudging.nudge_channel", lambda *_, **__: None)  # the workers are below
    announce_policy_events([PolicyEventFactory(data=data) for _ in range(300)])

    def work(_):
        close_old_connections()
        claimed = []
        while batch := send_due.claim("sms", priorities=ALL, limit=7):
            claimed += [message.pk for message in batch]
        connection.close()
        return claimed

    with ThreadPoolExecutor(4) as pool:
        claimed = [pk for part in pool.map(work, range(4)) for pk in part]
    assert (len(claimed) == len(set(claimed)) == 300) is locked


class Paused:
    """A provider that wants a pause before anything is sent."""

    name, batch_size = "paused", 10

    def send(self, batch):
        return [Result(m.key, Outcome.THROTTLED, retry_after_s=30, called=False) for m in batch]


def test_backlog_is_left_alone_while_the_provider_wants_a_pause(message):
    assert send_due.send_batch(Paused(), "sms", priorities=ALL) is False
    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.PENDING, 0)
    assert (message.send_after - timezone.now()).total_seconds() > 25
    assert not message.attempt_log.exists()


def test_broken_channel_leaves_its_messages_to_be_asked_after(message):
    class Broken(Paused):
        def send(self, batch):
            raise RuntimeError("against its contract")

    send_due.send_batch(Broken(), "sms", priorities=ALL)
    message.refresh_from_db()
    assert message.state == State.SENDING
    assert message.lease_until < timezone.now() + timedelta(seconds=10)


def test_accepted_e_letter_is_not_printed_for_want_of_a_receipt(message):
    long_ago = timezone.now() - timedelta(days=2)
    Message.objects.filter(pk=message.pk).update(
        track="letter", channel="eletter", next_channels=["letter"], state=State.SENT, sent_at=long_ago
    )
    assert sweep.escalate_unanswered() == 0


def test_receipt_of_a_message_that_we_took_for_refused_keeps_it_from_being_sent_again(message):
    record(Outcome.TEMPORARY, "500 after it was accepted")
    record_receipts(provider="sandbox", notices=[notice(message, "delivered")])
    message.refresh_from_db()
    assert message.state == State.DELIVERED


def test_retry_waits_for_the_end_of_quiet_hours(message, settings):
    settings.QUIET_FROM, settings.QUIET_TO = time(0), time(23, 59, 59, 999999)
    Message.objects.update(waits_at_night=True)
    assert claim() == []
    Message.objects.update(waits_at_night=False)
    assert [m.pk for m in claim()] == [message.pk]


def test_failed_message_whose_escalation_breaks_keeps_its_record(message, monkeypatch):
    monkeypatch.setattr("notifications.actions.escalate.recipients_of", lambda *_: 1 / 0)
    record(Outcome.PERMANENT, "no such number")
    message.refresh_from_db()
    assert message.state == State.FAILED
    assert message.reason == "no next channel could be tried: ZeroDivisionError"


def test_failure_that_nobody_followed_is_followed_by_the_sweep(message):
    Message.objects.filter(pk=message.pk).update(state=State.FAILED, reason="worker died")
    assert sweep.escalate_failed() == 1
    assert Message.objects.get(channel="wechat").state == State.PENDING


@pytest.mark.parametrize("hour", ["night", "day"])
def test_due_channels_are_nudged_unless_they_wait_for_the_morning(message, settings, monkeypatch, hour):
    settings.QUIET_FROM = time(0) if hour == "night" else time(23, 59, 59)
    settings.QUIET_TO = time(23, 59, 59, 999999)
    Message.objects.update(waits_at_night=True, priority=0)
    nudged = []
    monkeypatch.setattr(sweep, "nudge_channel", lambda channel, urgent=False: nudged.append((channel, urgent)))
    sweep.nudge_due_channels()
    assert nudged == ([] if hour == "night" else [("sms", False), ("sms", True)])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ordered", [True, False])
def test_records_and_receipts_of_the_same_messages_do_not_deadlock(monkeypatch, ordered):
    """Both lock in the order of ids; recording in the order of claims (the control) runs into the receipts."""
    if not ordered:
        monkeypatch.setattr(send_due, "LOCK_IN_ORDER", send_due.LOCK_IN_ORDER.replace("ORDER BY id", "ORDER BY -id"))
    make_event_type()
    policy = PolicyFactory(policyholder=CustomerFactory(reachable=True))
    data = {"policy_no": policy.policy_no, "customer_name": "王", "premium": "1.00", "due_date": "2026-12-31"}
    monkeypatch.setattr("notifications.nudging.nudge_channel", lambda *_, **__: None)
    announce_policy_events([PolicyEventFactory(data=data) for _ in range(400)])
    deadlocks = []

    def in_thread(work):
        try:
            work()
        except OperationalError:
            deadlocks.append(1)
        finally:
            connection.close()

    batch = claim(limit=400)
    results = [Result(str(m.pk), Outcome.ACCEPTED) for m in batch]
    notices = [notice(m, "delivered") for m in batch]
    middle = sorted(m.pk for m in batch)[200]
    with ThreadPoolExecutor(2) as pool:
        # Both run into the row in the middle, and go on together.
        with transaction.atomic():
            Message.objects.select_for_update().get(pk=middle)
            record_batch = partial(send_due.record, batch, results, provider="sandbox", started_at=timezone.now())
            done = [
                pool.submit(in_thread, record_batch),
                pool.submit(in_thread, partial(record_receipts, provider="sandbox", notices=notices)),
            ]
            ends = monotonic() + 20
            while waiting_for_locks() < 2 and monotonic() < ends:
                sleep(0.02)
        wait(done)
    assert bool(deadlocks) is not ordered
