"""Accruals in one trip: the same rows as after a look and a decision, and none where there is something to decide."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction

from members.models import Member
from points.actions import post_batch as posting
from points.actions.accrue import accrue
from points.actions.accrue_at_once import accrue_at_once
from points.actions.post_batch import post_batch
from points.actions.spend import spend
from points.actions.undo import reverse
from points.auditing import audit
from points.models import Account, Entry, Lot, Posting
from points.queries import balance_of
from points.refusals import KeyConflict, PointsTooMany, UnknownMember, UnusableDates
from points.requests import Accrual, Booked, Request, Spending
from tests.factories import MemberFactory
from tests.points.test_ledger_at_once import one_after_the_other, replace_lock

ACCRUE = import_module("points.migrations.0002_write_path").ACCRUE
NOW = datetime(2100, 3, 1, 4, tzinfo=UTC)


def earned(member: Member, key: str, **other: object) -> Accrual:
    return Accrual(**{"member_id": member.pk, "points": 5, "scope": "test", "key": key, "reason": "test"} | other)


def rows(outcome: Booked) -> list[dict[str, object]]:
    """What a posting left, but for its ids and the clock of the wall."""
    own = {"id", "posting_id", "account_id", "key", "request_hash", "accrued_at", "posted_at", "balance_after"}
    found = [
        *Posting.objects.filter(pk=outcome.posting_id).values(),
        *Lot.objects.filter(posting=outcome.posting_id).values(),
        *Entry.objects.filter(posting=outcome.posting_id).order_by("system").values(),
    ]
    return [{name: value for name, value in row.items() if name not in own} for row in found]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"cause": "core:17", "occurred_at": NOW - timedelta(days=400)},
        {"available_at": NOW + timedelta(days=10), "expires_at": NOW + timedelta(days=20)},
        {"points": 2**61, "reason": "%s", "cause": "\\x' ,(\"){}\n积分"},
    ],
)
def test_leaves_the_rows_that_a_decision_leaves(alice, bob, earn, monkeypatch, said):
    earn(alice, 1)
    said |= {"posted_by_id": bob.pk}
    assert (at_once := accrue_at_once(earned(alice, "a", **said), NOW))
    monkeypatch.setattr(posting, "accrue_at_once", lambda *_: None)
    (decided,) = post_batch([earned(alice, "b", **said)], at=NOW)
    assert decided.balance == at_once.balance + at_once.points == 1 + 2 * at_once.points
    assert rows(at_once) == rows(decided)
    hashes = dict(Posting.objects.filter(scope="test").values_list("key", "request_hash"))
    assert bytes(hashes["a"]).hex() == earned(alice, "a", **said).hash()


def nothing_at_once(request: Request) -> None:
    before = [model.objects.count() for model in (Account, Posting, Lot, Entry)]
    assert accrue_at_once(request, NOW) is None
    assert [model.objects.count() for model in (Account, Posting, Lot, Entry)] == before


def test_whoever_has_no_account_yet_is_decided_about(alice):
    nothing_at_once(earned(alice, "a"))
    with pytest.raises(UnknownMember):
        accrue(member_id=0, points=5, scope="test", key="a", reason="test")


def test_what_is_owed_is_decided_about(alice, earn):
    lost = earn(alice, 100)
    spend(member_id=alice.pk, points=100, scope="test", key="spent", reason="test")
    reverse(posting_id=lost.posting_id, scope="test", key="back", reason="test")
    nothing_at_once(earned(alice, "a"))
    assert accrue(member_id=alice.pk, points=130, scope="test", key="a", reason="test").points == 30
    assert accrue_at_once(earned(alice, "b"), NOW)


def test_what_is_known_is_decided_about(alice, bob, earn):
    earn(alice, 1)
    earn(bob, 1)
    first = accrue(member_id=alice.pk, points=5, scope="test", key="a", reason="test")
    nothing_at_once(earned(alice, "a"))
    nothing_at_once(earned(bob, "a"))
    assert post_batch([earned(alice, "a")]) == [Booked(first.posting_id, alice.pk, 5, 6, replayed=True)]
    assert [type(outcome) for outcome in post_batch([earned(bob, "a")])] == [KeyConflict]


def test_other_requests_bad_dates_and_no_room_are_decided_about(alice, earn):
    earn(alice, 2**63 - 5)
    nothing_at_once(Spending(member_id=alice.pk, points=1, scope="test", key="a", reason="test"))
    nothing_at_once(late := earned(alice, "a", expires_at=NOW))
    assert [type(outcome) for outcome in post_batch([late], at=NOW)] == [UnusableDates]
    nothing_at_once(full := earned(alice, "a"))
    assert [type(outcome) for outcome in post_batch([full])] == [PointsTooMany]
    assert accrue_at_once(earned(alice, "a", points=4), NOW)


@pytest.fixture
def member():
    made = MemberFactory()
    accrue(member_id=made.pk, points=100, scope="test", key="first", reason="test")
    yield made
    audit()


@pytest.fixture
def without_lock() -> Iterator[None]:
    assert "\n        FOR NO KEY UPDATE" in ACCRUE
    replace_lock(ACCRUE.replace("\n        FOR NO KEY UPDATE", ""))
    yield
    replace_lock(ACCRUE)


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def more(self, member: Member, key: str) -> Booked:
        return accrue(member_id=member.pk, points=5, scope="test", key=key, reason="test")

    def test_both_count(self, member):
        outcome = one_after_the_other(lambda: self.more(member, "a"), lambda: self.more(member, "b"))
        assert isinstance(outcome, Booked)
        assert outcome.balance == 110

    def test_control_without_the_lock_the_database_refuses_one(self, member, without_lock):
        outcome = one_after_the_other(lambda: self.more(member, "a"), lambda: self.more(member, "b"))
        assert isinstance(outcome, IntegrityError)
        assert "balance_after is not the balance" in str(outcome)

    def become_owing(self, member: Member) -> None:
        spend(member_id=member.pk, points=100, scope="test", key="spent", reason="test")
        first = Posting.objects.get(key="first")
        reverse(posting_id=first.pk, scope="test", key="back", reason="test")

    def test_what_came_to_be_owed_is_settled(self, member):
        outcome = one_after_the_other(lambda: self.become_owing(member), lambda: self.more(member, "a"))
        assert isinstance(outcome, Booked)
        assert (outcome.points, balance_of(member.pk).owed) == (0, 95)

    def test_control_without_the_lock_it_is_not_seen(self, member, without_lock):
        outcome = one_after_the_other(lambda: self.become_owing(member), lambda: self.more(member, "a"))
        assert isinstance(outcome, IntegrityError)

    def test_same_key_for_another_member_is_a_conflict(self, member):
        other = MemberFactory()
        self.more(other, "theirs")
        outcome = one_after_the_other(lambda: self.more(member, "a"), lambda: self.more(other, "a"))
        assert isinstance(outcome, KeyConflict)
        assert balance_of(other.pk).available == 5

    def test_same_key_leaves_the_transaction_that_it_is_asked_in_usable(self, member):
        other = MemberFactory()
        self.more(other, "theirs")

        def within() -> int:
            with transaction.atomic():
                with pytest.raises(KeyConflict):
                    self.more(other, "a")
                return self.more(other, "b").balance

        assert one_after_the_other(lambda: self.more(member, "a"), within) == 10

    def test_it_is_one_trip(self, member, django_assert_num_queries):
        with django_assert_num_queries(1):
            self.more(member, "a")
        assert not connection.in_atomic_block
