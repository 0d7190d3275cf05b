"""Two at one account at once. Each lock has its control: without it, the same scene ends otherwise."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from threading import Event

import pytest
from django.db import IntegrityError, connection, transaction

from members.actions.lock_accounts import lock_accounts
from members.actions.merge_accounts import join_accounts
from points.actions import end_hold
from points.actions.accrue import accrue
from points.actions.end_hold import capture_hold, void_hold
from points.actions.open_hold import open_hold
from points.actions.spend import spend
from points.actions.undo import refund
from points.auditing import audit
from points.models import Account, Hold, Lot, Posting
from points.queries import balance_of
from points.refusals import HoldEnded, InsufficientPoints, KeyConflict
from points.requests import Booked
from tests.factories import MemberFactory
from tests.locks import waiting_for_locks
from tests.points.test_undoing import in_days

pytestmark = pytest.mark.django_db(transaction=True)

LOCK = import_module("points.migrations.0002_write_path").LOCK
# The statement, as the function begins with it and as it comes again within a condition.
FIRST = """
    PERFORM FROM points_account WHERE member_id = ANY (members) AND kind = 'points' ORDER BY id FOR NO KEY UPDATE;
"""
UNLOCKED = FIRST.replace(" ORDER BY id FOR NO KEY UPDATE", "")


@pytest.fixture
def member():
    made = MemberFactory()
    yield made
    audit()


def replace_lock(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1))


@pytest.fixture
def without_lock() -> Iterator[None]:
    assert FIRST in LOCK
    replace_lock(LOCK.replace(FIRST, UNLOCKED, 1))
    yield
    replace_lock(LOCK)


@pytest.fixture
def lock_after_reading() -> Iterator[None]:
    """The accounts are locked all the same, but the lots were read before."""
    unlocked = LOCK.replace(FIRST, UNLOCKED, 1)
    replace_lock(unlocked.replace("\n    RETURN json_build_object(", f"{FIRST}    RETURN json_build_object(", 1))
    yield
    replace_lock(LOCK)


def use(member, points: int, key: str) -> Booked:
    return spend(member_id=member.pk, points=points, scope="test", key=key, reason="test")


def one_after_the_other(first: Callable[[], object], second: Callable[[], object]) -> object:
    """What `second` comes to, which begins while `first` has done its work and not committed yet."""
    (outcome,) = in_line(first, second)
    return outcome


def in_line(first: Callable[[], object], *others: Callable[[], object]) -> list[object]:
    """What `others` come to, each of which begins when the one before it waits, or is done; `first` has done its work
    by then and has not committed yet.
    """
    done, commit = Event(), Event()

    def hold_open() -> None:
        with transaction.atomic():
            first()
            done.set()
            assert commit.wait(20)
        connection.close()

    with ThreadPoolExecutor(1 + len(others)) as threads:
        one = threads.submit(hold_open)
        assert done.wait(20)
        begun = []
        for other in others:
            begun.append(threads.submit(in_a_thread, other))
            wait_until(lambda: waiting_for_locks() + sum(each.done() for each in begun) >= len(begun))
        commit.set()
        one.result()
        return [each.result() for each in begun]


def wait_until(is_so: Callable[[], bool]) -> None:
    ends = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_two_who_spend_the_same_points(member, earn):
    earn(member, 100)
    outcome = one_after_the_other(lambda: use(member, 80, "a"), lambda: use(member, 80, "b"))
    assert isinstance(outcome, InsufficientPoints)
    assert outcome.available == 20


def test_control_without_the_lock_only_the_database_stops_the_second(member, earn, without_lock):
    earn(member, 100)
    outcome = one_after_the_other(lambda: use(member, 80, "a"), lambda: use(member, 80, "b"))
    assert isinstance(outcome, IntegrityError)
    assert "never_overspent" in str(outcome)


def test_second_takes_the_next_lot(member, earn):
    earn(member, 60, expires_at=in_days(5))
    earn(member, 60, expires_at=in_days(9))
    outcome = one_after_the_other(lambda: use(member, 60, "a"), lambda: use(member, 60, "b"))
    assert isinstance(outcome, Booked)
    assert not Lot.objects.left().exists()


def test_control_lots_that_were_read_before_the_lock_are_spent_twice(member, earn, lock_after_reading):
    earn(member, 60, expires_at=in_days(5))
    earn(member, 60, expires_at=in_days(9))
    outcome = one_after_the_other(lambda: use(member, 60, "a"), lambda: use(member, 60, "b"))
    assert isinstance(outcome, IntegrityError)


def test_same_key_at_once_is_booked_once(member, earn):
    earn(member, 100)
    outcome = one_after_the_other(lambda: use(member, 80, "a"), lambda: use(member, 80, "a"))
    assert isinstance(outcome, Booked)
    assert outcome.replayed
    assert Posting.objects.filter(scope="test", key="a").count() == 1


def test_same_key_at_once_for_another_member_is_a_conflict(member):
    """They hold no account in common: the key itself is what the second waits for."""
    other = MemberFactory()
    about = {"scope": "test", "key": "a", "reason": "test"}
    outcome = one_after_the_other(
        lambda: accrue(member_id=member.pk, points=5, **about), lambda: accrue(member_id=other.pk, points=5, **about)
    )
    assert isinstance(outcome, KeyConflict)
    assert balance_of(other.pk).available == 0


def test_account_is_opened_once(member):
    about = {"scope": "test", "reason": "test"}
    outcome = one_after_the_other(
        lambda: accrue(member_id=member.pk, points=5, key="a", **about),
        lambda: accrue(member_id=member.pk, points=6, key="b", **about),
    )
    assert isinstance(outcome, Booked)
    assert outcome.balance == 11
    assert Account.objects.get().balance == 11


def test_who_has_locked_the_points_may_write_of_the_member_while_another_locks_both(member, earn):
    """As a worker does, and a page: the one holds the points, the other the member and wants the points."""
    earn(member, 100)

    def lock_both() -> Booked:
        with transaction.atomic():
            lock_accounts(member.pk)
            return use(member, 60, "a")

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            Account.objects.select_for_update(no_key=True).get(member=member)
            other = threads.submit(in_a_thread, lock_both)
            wait_until(lambda: waiting_for_locks() or other.done())
            Account.objects.create(member=member, kind=Account.Kind.DEBT)
        assert isinstance(other.result(), Booked)


def test_refund_goes_where_a_merger_of_the_same_moment_leads(member, earn):
    kept = MemberFactory()
    earn(member, 100)
    used = use(member, 60, "a")

    def merge() -> None:
        lock_accounts(kept.pk, member.pk)
        join_accounts(kept=kept, closed=member, entrance="web")

    def give_back() -> Booked:
        return refund(posting_id=used.posting_id, scope="test", key="back", reason="test")

    assert isinstance(one_after_the_other(merge, give_back), Booked)
    assert (balance_of(kept.pk).available, balance_of(member.pk).available) == (100, 0)


def in_a_thread(call: Callable[[], object]) -> object:
    try:
        return call()
    except Exception as error:
        return error
    finally:
        connection.close()


@pytest.fixture
def hold(member, earn) -> Hold:
    earn(member, 100)
    return open_hold(member_id=member.pk, points=60, scope="test", key="hold", reason="test", expires_at=in_days(1))


@pytest.mark.parametrize("captured_first", [True, False])
def test_hold_ends_one_way(member, hold, captured_first):
    ways = [lambda: capture_hold(hold_id=hold.pk), lambda: void_hold(hold_id=hold.pk)]
    outcome = one_after_the_other(*(ways if captured_first else reversed(ways)))
    assert isinstance(outcome, HoldEnded)
    balance = balance_of(member.pk)
    assert (balance.available, balance.held) == ((40, 0) if captured_first else (100, 0))


def test_control_without_the_lock_only_the_database_ends_it_once(hold, without_lock, monkeypatch):
    monkeypatch.setattr(end_hold, "lock_points_kept", lambda member: None)
    outcome = one_after_the_other(lambda: void_hold(hold_id=hold.pk), lambda: capture_hold(hold_id=hold.pk))
    assert not isinstance(outcome, HoldEnded | Booked)


def test_held_points_are_not_spent_by_another(member, earn):
    earn(member, 100)

    def set_aside() -> None:
        open_hold(member_id=member.pk, points=60, scope="test", key="hold", reason="test", expires_at=in_days(1))

    outcome = one_after_the_other(set_aside, lambda: use(member, 60, "a"))
    assert isinstance(outcome, InsufficientPoints)


def test_same_hold_at_once_is_one(member, earn):
    """With just enough points: the second does not find them gone, but what became of its own request."""
    earn(member, 60)
    until = in_days(1)

    def set_aside() -> Hold:
        return open_hold(member_id=member.pk, points=60, scope="test", key="hold", reason="test", expires_at=until)

    assert one_after_the_other(set_aside, set_aside) == Hold.objects.get()


def test_same_hold_at_once_for_another_member_is_a_conflict(member, earn):
    other, until = MemberFactory(), in_days(1)
    earn(member, 60)
    earn(other, 60)
    first, second = (
        lambda who=who: open_hold(
            member_id=who.pk, points=60, scope="test", key="hold", reason="test", expires_at=until
        )
        for who in (member, other)
    )
    assert isinstance(one_after_the_other(first, second), KeyConflict)
    assert Hold.objects.get().account.member == member
