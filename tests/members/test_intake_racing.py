"""Two processes bring the same thing at the same instant. Each test has a control without what prevents the damage."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from members.actions.accept_events import accept_events
from members.events import policy_events_accepted
from members.intake import announced, log_rows
from members.models import Announcement, PolicyEvent
from tests.factories import PolicyFactory
from tests.members.cloud_events import debit_failed, event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def policy():
    return PolicyFactory(policy_no="P2024000123")


class Race:
    """The first transaction is held open, all written, until the second one stands still behind it."""

    def __init__(self):
        self.first_has_written, self.first_may_commit = threading.Event(), threading.Event()
        self.first = None

    def hold(self, **_):
        if threading.current_thread() is self.first:
            self.first_has_written.set()
            assert self.first_may_commit.wait(20)

    def run(self, one, other):
        """The answers of both; an exception stands for itself."""
        answers = {}

        def go(name, work):
            try:
                answers[name] = work()
            except Exception as error:
                answers[name] = error
            finally:
                connection.close()

        policy_events_accepted.connect(self.hold)
        try:
            self.first = threading.Thread(target=go, args=("one", one))
            second = threading.Thread(target=go, args=("other", other))
            self.first.start()
            assert self.first_has_written.wait(20)
            second.start()
            wait_until(lambda: blocked() or not second.is_alive())
            self.first_may_commit.set()
            self.first.join(20)
            second.join(20)
        finally:
            self.first_may_commit.set()
            policy_events_accepted.disconnect(self.hold)
        return answers["one"], answers["other"]


def blocked():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
        )
        return cursor.fetchone()[0]


def wait_until(condition):
    for _ in range(1000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("the second never came to stand behind the first")


def statuses(answer):
    return [result.status.value for result in answer]


def test_exactly_one_of_two_is_accepted_and_the_other_is_a_duplicate():
    sent = [debit_failed(), debit_failed()]
    one, other = Race().run(lambda: accept_events(raw=sent), lambda: accept_events(raw=[*sent[::-1], debit_failed()]))
    assert statuses(one) == ["accepted", "accepted"]
    assert statuses(other) == ["duplicate", "duplicate", "accepted"]
    assert PolicyEvent.objects.count() == 3


def test_other_content_under_the_same_key_is_a_conflict():
    one, other = Race().run(
        lambda: accept_events(raw=[debit_failed(id="1")]),
        lambda: accept_events(raw=[debit_failed(id="1", data={"premium": "1.00"})]),
    )
    assert (statuses(one), statuses(other)) == (["accepted"], ["conflict"])


def test_control_the_race_is_real_a_look_up_alone_does_not_see_the_other(monkeypatch):
    class NeverRaised(Exception):
        pass

    monkeypatch.setattr("members.actions.accept_events.KeyTaken", NeverRaised)
    sent = [debit_failed()]
    one, other = Race().run(lambda: accept_events(raw=sent), lambda: accept_events(raw=sent))
    assert statuses(one) == ["accepted"]
    assert isinstance(other, log_rows.KeyTaken)


def test_same_announcement_from_core_and_calendar_is_made_once():
    one, other = Race().run(
        lambda: accept_events(raw=[event("issuance.receipt_pending", id="1")]),
        lambda: accept_events(raw=[event("issuance.receipt_pending", id="2", time="2026-11-21T00:00:00+08:00")]),
    )
    assert (statuses(one), statuses(other)) == (["accepted"], ["accepted"])
    assert sorted(PolicyEvent.objects.values_list("state", flat=True)) == ["already_announced", "published"]
    assert Announcement.objects.count() == 1


def test_control_without_the_lock_it_would_be_made_twice(monkeypatch):
    monkeypatch.setattr(announced, "lock_shards", lambda shards: None)
    Race().run(
        lambda: accept_events(raw=[event("issuance.receipt_pending", id="1")]),
        lambda: accept_events(raw=[event("issuance.receipt_pending", id="2", time="2026-11-21T00:00:00+08:00")]),
    )
    assert sorted(PolicyEvent.objects.values_list("state", flat=True)) == ["published", "published"]


def test_what_breaks_another_rule_of_the_log_is_not_taken_for_a_known_key():
    row = log_rows.LogRow(
        1, "/core", "1", "t", "s", "policy", "", "2026-11-20", b"", b"f", PolicyEvent.State.PUBLISHED.value, 0, None
    )
    with pytest.raises(IntegrityError, match="policy_event_published_has_xid"), transaction.atomic():
        log_rows.insert([row])
