"""What the log makes of good and bad events: keys, repetitions, conflicts, waiting, order, facts."""

import pytest
from django.db import connection

from members.actions.accept_events import EventStatus, accept_events
from members.events import policy_events_accepted, policy_events_published
from members.intake.faults import FaultCode
from members.intake.reading import Sent, read_value
from members.models import PolicyEvent
from members.shards import shard_of
from tests.factories import CustomerFactory, PolicyFactory
from tests.members.cloud_events import debit_failed, event

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy():
    return PolicyFactory(policy_no="P2024000123")


@pytest.fixture
def facts():
    """What was announced: (signal's sender, fact)."""
    heard = []

    def hear(fact, **_):
        heard.append(fact)

    for signal in (policy_events_accepted, policy_events_published):
        signal.connect(hear)
    yield heard
    for signal in (policy_events_accepted, policy_events_published):
        signal.disconnect(hear)


def statuses(*events):
    return [result.status.value for result in accept_events(raw=events)]


def test_it_works(policy):
    sent = debit_failed(id="core-1")
    (result,) = accept_events(raw=[sent])
    assert (result.source, result.id, result.status, result.fault) == (
        "/core/policy-admin",
        "core-1",
        EventStatus.ACCEPTED,
        None,
    )
    logged = PolicyEvent.objects.get()
    assert (logged.type, logged.subject, logged.subject_kind) == ("renewal.debit_failed", "P2024000123", "policy")
    assert logged.data == sent["data"]
    assert logged.occurred_at.isoformat() == "2026-11-20T02:15:00+00:00"
    assert (logged.state, logged.shard) == ("published", shard_of("P2024000123"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        assert logged.xid == cursor.fetchone()[0]


def test_text_that_copy_would_read_otherwise_is_kept_as_it_is(policy):
    reason = "a\tb\\N\nc\r\\."
    accept_events(raw=[debit_failed(id="\\N", data={"reason": reason})])
    assert (PolicyEvent.objects.get().event_id, PolicyEvent.objects.get().data["reason"]) == ("\\N", reason)


def test_nothing_of_the_data_is_readable_in_the_database(policy):
    accept_events(raw=[debit_failed(data={"reason": "insufficient"})])
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM members_policyevent")
        assert b"insufficient" not in bytes(cursor.fetchone()[0])


def test_one_bad_event_rejects_only_itself_and_answers_keep_their_order(policy):
    good, bad, other = debit_failed(), debit_failed(time="now"), debit_failed()
    assert statuses(good, bad, "nonsense", other) == ["accepted", "rejected", "rejected", "accepted"]
    assert list(PolicyEvent.objects.order_by("id").values_list("event_id", flat=True)) == [good["id"], other["id"]]


def test_events_of_one_request_keep_their_order_in_the_log_whatever_their_keys(policy):
    accept_events(raw=[debit_failed(id=key) for key in ("c", "a", "b")])
    assert list(PolicyEvent.objects.order_by("xid", "id").values_list("event_id", flat=True)) == ["c", "a", "b"]


def test_more_events_than_a_transaction_holds_all_get_in(policy):
    assert set(statuses(*(debit_failed() for _ in range(1001)))) == {"accepted"}
    assert PolicyEvent.objects.count() == 1001


class TestRepetition:
    def test_the_same_again_is_a_duplicate(self, policy):
        sent = debit_failed()
        assert statuses(sent) == ["accepted"]
        assert statuses(sent) == ["duplicate"]
        assert PolicyEvent.objects.count() == 1

    def test_the_order_of_keys_does_not_count(self, policy):
        sent = debit_failed()
        turned = {name: sent[name] for name in reversed(sent)}
        turned["data"] = {name: sent["data"][name] for name in reversed(sent["data"])}
        assert statuses(sent, turned) == ["accepted", "duplicate"]

    def test_neither_do_attributes_outside_the_content(self, policy):
        assert statuses(debit_failed(id="1"), debit_failed(id="1", traceparent="00-1")) == ["accepted", "duplicate"]

    def test_a_number_is_the_same_however_it_is_written(self, policy):
        def days(text):
            return read_value(text.encode())

        first = event("issuance.receipt_pending", id="1", data={"days": days("5")})
        again = event("issuance.receipt_pending", id="1", data={"days": days("5.0")})
        assert statuses(first, again) == ["accepted", "duplicate"]

    @pytest.mark.parametrize(
        "changes",
        [
            {"data": {"premium": "3200.01"}},
            {"time": "2026-11-20T10:15:01+08:00"},
            {"type": "renewal.grace_started"},
            {"data": {"premium": 5}},
            {"data": {"premium": None}},
            {"type": "no.such"},
            {"subject": "P1"},
            {"time": None},
            {"data": {"premium": [[[[1]]]]}},
        ],
    )
    def test_other_content_under_a_known_key_is_a_conflict_valid_or_not(self, policy, changes):
        accept_events(raw=[debit_failed(id="1")])
        (result,) = accept_events(raw=[debit_failed(id="1", **changes)])
        assert result.status is EventStatus.CONFLICT
        assert result.fault is not None
        assert (result.fault.code, result.fault.pointer) == (FaultCode.CONFLICT, "/id")
        assert PolicyEvent.objects.get().data == debit_failed()["data"]

    def test_oversized_content_under_a_known_key_is_a_conflict(self, policy):
        accept_events(raw=[debit_failed(id="1")])
        huge = Sent(debit_failed(id="1", data={"reason": "x" * 70_000}), 70_000)
        assert statuses(huge) == ["conflict"]

    def test_duplicates_and_conflicts_are_seen_within_one_request(self, policy):
        sent = debit_failed(id="1")
        other = debit_failed(id="1", data={"premium": "1.00"})
        assert statuses(sent, sent, other) == ["accepted", "duplicate", "conflict"]

    def test_a_rejected_event_does_not_take_its_key(self, policy):
        assert statuses(debit_failed(id="1", time="now"), debit_failed(id="1")) == ["rejected", "accepted"]

    def test_the_same_id_from_another_source_is_another_event(self, policy):
        assert statuses(debit_failed(id="1"), debit_failed(id="1", source="/core/claims")) == ["accepted", "accepted"]


class TestWaiting:
    def states(self):
        return list(PolicyEvent.objects.order_by("id").values_list("event_id", "state"))

    def test_policy_that_is_not_in_the_mirror_makes_its_event_wait(self):
        assert statuses(debit_failed(id="1")) == ["accepted"]
        assert self.states() == [("1", "waiting_subject")]
        assert PolicyEvent.objects.get().xid is None

    def test_event_behind_one_that_waits_waits_too(self):
        accept_events(raw=[debit_failed(id="1")])
        PolicyFactory(policy_no="P2024000123")
        accept_events(raw=[debit_failed(id="2")])
        assert self.states() == [("1", "waiting_subject"), ("2", "waiting_subject")]

    def test_others_do_not_wait_with_it(self, policy):
        accept_events(raw=[debit_failed(id="1", data={"policy_no": "P9"}), debit_failed(id="2")])
        assert self.states() == [("1", "waiting_subject"), ("2", "published")]

    def test_application_waits_for_the_customer_that_it_names(self):
        CustomerFactory(customer_no="C100")
        accept_events(
            raw=[
                event("underwriting.declined", id="1", data={"customer_no": "C200"}),
                event("underwriting.declined", id="2", data={"customer_no": "C200"}, subject="A2024000123"),
                event("underwriting.declined", id="3", data={"application_no": "A7"}),
            ]
        )
        assert self.states() == [("1", "waiting_subject"), ("2", "waiting_subject"), ("3", "published")]

    def test_application_waits_behind_its_own_earlier_event_though_the_second_person_is_known(self):
        CustomerFactory(customer_no="C100")
        accept_events(
            raw=[
                event("underwriting.declined", id="1", data={"customer_no": "C200"}),
                event("underwriting.declined", id="2"),
            ]
        )
        assert self.states() == [("1", "waiting_subject"), ("2", "waiting_subject")]

    def test_code_waits_for_its_customer(self):
        accept_events(raw=[event("verification.otp", id="1")])
        CustomerFactory(customer_no="C100")
        accept_events(raw=[event("health.steps_goal_met", id="2", data={"customer_no": "C100"})])
        assert self.states() == [("1", "waiting_subject"), ("2", "waiting_subject")]

    def test_calls_and_windows_wait_for_nobody(self):
        accept_events(raw=[event("hotline.call_queued", id="1"), event("hotline.window_open", id="2")])
        assert self.states() == [("1", "published"), ("2", "published")]


class TestFacts:
    def test_published_events_and_their_shards_are_told_within_the_transaction(self, policy, facts):
        accept_events(raw=[debit_failed(id="1"), debit_failed(id="2", data={"policy_no": "P9"})])
        published = PolicyEvent.objects.get(event_id="1")
        accepted, readable = facts
        assert accepted.event_ids == (published.pk,)
        assert readable.shards == (published.shard,)

    def test_nothing_is_told_of_what_waits_or_is_known(self, policy, facts):
        sent = debit_failed()
        accept_events(raw=[sent])
        facts.clear()
        accept_events(raw=[sent, debit_failed(data={"policy_no": "P9"})])
        assert facts == []

    def test_what_a_listener_refuses_is_not_in_the_log(self, policy):
        def refuse(**_):
            raise RuntimeError("no")

        policy_events_accepted.connect(refuse)
        try:
            with pytest.raises(RuntimeError):
                accept_events(raw=[debit_failed()])
        finally:
            policy_events_accepted.disconnect(refuse)
        assert not PolicyEvent.objects.exists()


def test_a_batch_asks_the_database_as_often_as_one_event(django_assert_num_queries):
    # savepoint, the log, policies, what waits, positions, COPY, release; nobody asks for customers that none names
    with django_assert_num_queries(7):
        accept_events(raw=[debit_failed()])
    with django_assert_num_queries(7):
        accept_events(raw=[debit_failed() for _ in range(200)])
