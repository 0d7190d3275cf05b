"""Whoever locks several locks them in one order, so that nobody waits crosswise; the controls lock one by one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import OperationalError, transaction

from members.actions.lock_accounts import lock_accounts
from members.actions.merge_accounts import join_accounts
from points.actions import earn_points as earning
from points.actions import end_hold as holds
from points.actions.accrue import accrue
from points.actions.end_hold import capture_hold, void_hold
from points.actions.lapse_lots import lapse_lots
from points.actions.lock_people import lock_points
from points.actions.open_hold import open_hold
from points.actions.post_batch import post_batch
from points.auditing import audit
from points.models import Posting
from points.requests import Accrual
from tests.factories import MemberFactory
from tests.locks import waiting_for_locks
from tests.points.earning import NOON, fact, pay, points_of, rule
from tests.points.test_ledger_at_once import in_a_thread, in_line, one_after_the_other, wait_until
from tests.points.test_undoing import in_days

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def members():
    """Two with points, whose accounts are numbered as they are."""
    found = [MemberFactory(), MemberFactory()]
    for member in found:
        accrue(member_id=member.pk, points=10, scope="test", key=str(member.pk), reason="test", expires_at=in_days(1))
    yield found
    audit()


def crosswise(monkeypatch, module, step, first, second):
    """What both come to, if `second` begins when `first` has done this step of its own and goes on when that one waits.

    True where both came to their end.
    """
    reached, go_on = Event(), Event()
    call = getattr(module, step)

    def stop_after(*args, **named):
        outcome = call(*args, **named)
        reached.set()
        assert go_on.wait(20)
        return outcome

    monkeypatch.setattr(module, step, stop_after)
    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(in_a_thread, first)
        assert reached.wait(20)
        two = threads.submit(in_a_thread, second)
        wait_until(lambda: waiting_for_locks() or two.done())
        go_on.set()
        outcomes = one.result(), two.result()
    faults = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert all(isinstance(fault, OperationalError) and "deadlock" in str(fault) for fault in faults)
    return not faults


def of_receipts():
    rule(
        code="test.receipt", trigger="issuance.receipt_confirmed", points=20,
        reversal_trigger="policy_admin.policy_reissued", reversal_match=["event.policy_no"],
    )  # fmt: skip


def received(member, cause, policy_no="P1"):
    return fact(member, "issuance.receipt_confirmed", cause=cause, policy_no=policy_no)


def reissued(policy_no="P1"):
    at = NOON + timedelta(minutes=1)
    return earning.EarningFact("policy_admin.policy_reissued", "undone", None, at, {"policy_no": policy_no})


@pytest.mark.parametrize("locked", [True, False])
def test_a_batch_that_takes_back_and_pays_meets_what_lapses(members, monkeypatch, locked):
    low, high = members
    of_receipts()
    pay(received(high, "paid"))
    if not locked:
        monkeypatch.setattr(earning, "lock_points", lambda members: None)
    batch = [reissued(), received(low, "other", "P2")]
    ended_well = crosswise(monkeypatch, earning, "undo_payment", lambda: pay(*batch), lambda: lapse_lots(at=in_days(2)))
    assert ended_well == locked


@pytest.mark.parametrize("locked", [True, False])
@pytest.mark.parametrize("end", [void_hold, lambda hold_id: capture_hold(hold_id=hold_id, points=1)])
def test_a_hold_whose_account_was_merged_meets_a_batch_about_both(members, monkeypatch, end, locked):
    kept, closed = members
    hold = open_hold(member_id=closed.pk, points=6, scope="test", key="h", reason="test", expires_at=in_days(1))
    join_accounts(kept=kept, closed=closed, entrance="web")
    if not locked:
        monkeypatch.setattr(holds, "lock_points_kept", lambda member: lock_points([member]))
    batch = [
        Accrual(member_id=member.pk, points=1, scope="batch", key=str(member.pk), reason="test") for member in members
    ]
    ended_well = crosswise(monkeypatch, holds, "what_follows", lambda: end(hold_id=hold.pk), lambda: post_batch(batch))
    assert ended_well == locked


def test_a_hold_that_ends_while_its_account_is_merged_follows(members):
    kept, closed = members
    hold = open_hold(member_id=closed.pk, points=6, scope="test", key="h", reason="test", expires_at=in_days(1))
    one_after_the_other(
        lambda: join_accounts(kept=kept, closed=closed, entrance="web"), lambda: void_hold(hold_id=hold.pk)
    )
    assert (points_of(kept), points_of(closed)) == (20, 0)


def test_who_takes_back_holds_nothing_while_waiting_for_those_who_were_paid_meanwhile(members):
    """One pays, one takes back the same, and one pays the same member for it once more."""
    member, _ = members
    of_receipts()
    taken_back, paid = in_line(
        lambda: pay(received(member, "paid")), lambda: pay(reissued()), lambda: pay(received(member, "again"))
    )
    assert not isinstance(taken_back, Exception)
    assert not isinstance(paid, Exception)
    assert Posting.objects.filter(kind="reverse").count() == 2
    assert points_of(member) == 10


def test_who_ends_a_hold_meets_a_merger_of_its_account(members, monkeypatch):
    """Having written to the points twice, the one asks at the commit whether the member is there."""
    kept, closed = members
    hold = open_hold(member_id=closed.pk, points=6, scope="test", key="h", reason="test", expires_at=in_days(1))

    def merge():
        with transaction.atomic():
            lock_accounts(kept.pk, closed.pk)
            join_accounts(kept=kept, closed=closed, entrance="web")

    assert crosswise(monkeypatch, holds, "what_follows", lambda: capture_hold(hold_id=hold.pk, points=1), merge)
    assert (points_of(kept), points_of(closed)) == (19, 0)
