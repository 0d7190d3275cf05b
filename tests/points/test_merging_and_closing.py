"""What becomes of points when two accounts become one, and when one ends."""

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from members.actions.close_account import close_due_accounts
from members.actions.merge_accounts import join_accounts
from members.actions.run_data_request import run_data_request
from members.closing import ClosureRefused, consequences, require_no_obstacles
from members.events import AccountClosed, AccountsMerged, account_closed, accounts_merged
from members.models import AccountClosure, DataRequest
from members.personal_data import parts
from points.actions.end_hold import capture_hold, void_hold
from points.actions.merge_points import merge_points
from points.actions.open_hold import open_hold
from points.actions.spend import spend
from points.actions.undo import refund, reverse
from points.auditing import audit
from points.models import Entry, Hold, Lot, PointAdjustment, Posting, System
from points.queries import Balance, balance_of, system_totals
from points.refusals import KeyConflict, NothingToBook
from points.requests import Booked
from tests.factories import MemberFactory
from tests.points.earning import rule, told
from tests.points.test_adjusting import adjust
from tests.points.test_adjusting import ben as ben
from tests.points.test_adjusting import olga as olga


def in_days(days: float):
    return timezone.now() + timedelta(days=days)


def owe(member, earn, points: int) -> None:
    """As after an accrual that was spent and then taken back."""
    earned = earn(member, points)
    spend(member_id=member.pk, points=points, scope="test", key=f"owe{member.pk}", reason="TEA-1")
    reverse(posting_id=earned.posting_id, scope="test", key=f"back{member.pk}", reason="daily.quiz")


def set_aside(member, points: int, key: str = "a") -> Hold:
    return open_hold(
        member_id=member.pk, points=points, scope="test", key=key, reason="PHONE-10", expires_at=in_days(1)
    )


def merge(kept, closed) -> None:
    join_accounts(kept=kept, closed=closed, entrance="web")
    audit()


def close(member) -> None:
    """As the daily job does, and the erasure that follows."""
    due = timezone.now()
    AccountClosure.objects.create(member=member, entrance="web", due_at=due)
    assert close_due_accounts() == 1
    for request in DataRequest.objects.unfinished():
        run_data_request(request_id=request.pk)
    audit()


def balances(*members) -> list[Balance]:
    return [balance_of(member.pk) for member in members]


NOTHING = Balance(available=0, pending=0, held=0, owed=0)


def test_lots_move_with_their_dates_and_pending_ones_stay_pending(alice, bob, earn):
    earn(bob, 30, expires_at=in_days(5))
    earn(bob, 70, available_at=in_days(3), expires_at=in_days(400))
    earn(alice, 5)
    dates = list(Lot.objects.filter(account__member=bob).order_by("pk").values_list("available_at", "expires_at"))
    merge(alice, bob)
    assert balances(alice, bob) == [Balance(available=35, pending=70, held=0, owed=0), NOTHING]
    moved = Lot.objects.filter(account__member=alice, source__isnull=False).order_by("pk")
    assert list(moved.values_list("available_at", "expires_at")) == dates
    posting = Posting.objects.get(kind="transfer")
    assert (posting.scope, posting.key, posting.reason) == ("merge", f"{bob.pk}:{alice.pk}", "account.merged")


def test_debt_of_the_account_that_ends_is_paid_by_the_one_that_stays(alice, bob, earn):
    owe(bob, earn, 40)
    earn(alice, 100)
    merge(alice, bob)
    assert balances(alice, bob) == [Balance(available=60, pending=0, held=0, owed=0), NOTHING]


def test_debt_of_the_account_that_stays_is_paid_by_what_comes(alice, bob, earn):
    owe(alice, earn, 40)
    earn(bob, 30)
    merge(alice, bob)
    assert balances(alice, bob) == [Balance(available=0, pending=0, held=0, owed=10), NOTHING]


def test_both_owe(alice, bob, earn):
    owe(alice, earn, 40)
    owe(bob, earn, 2)
    merge(alice, bob)
    assert balances(alice, bob) == [Balance(available=0, pending=0, held=0, owed=42), NOTHING]


def test_accounts_without_points(alice, bob):
    merge(alice, bob)
    assert not Posting.objects.exists()


def test_told_twice_moves_once(alice, bob, earn):
    earn(bob, 30)
    merge(alice, bob)
    merge_points(kept_id=alice.pk, closed_id=bob.pk)
    assert Posting.objects.filter(kind="transfer").count() == 1


def test_hold_stays_and_its_points_follow_when_it_is_let_go(alice, bob, earn):
    earn(bob, 100)
    hold = set_aside(bob, 60)
    merge(alice, bob)
    assert balances(alice, bob) == [
        Balance(available=40, pending=0, held=0, owed=0),
        Balance(available=0, pending=0, held=60, owed=0),
    ]
    void_hold(hold_id=hold.pk)
    assert balances(alice, bob) == [Balance(available=100, pending=0, held=0, owed=0), NOTHING]


def test_hold_is_captured_after_the_merger_and_the_rest_follows(alice, bob, earn):
    earn(bob, 100)
    hold = set_aside(bob, 60)
    merge(alice, bob)
    used = capture_hold(hold_id=hold.pk, points=45)
    assert balances(alice, bob) == [Balance(available=55, pending=0, held=0, owed=0), NOTHING]
    refund(posting_id=used.posting_id, scope="test", key="refund", reason="PHONE-10")
    assert balances(alice, bob) == [Balance(available=100, pending=0, held=0, owed=0), NOTHING]


def test_what_follows_pays_what_the_kept_account_owes(alice, bob, earn):
    owe(alice, earn, 50)
    earn(bob, 30)
    hold = set_aside(bob, 30)
    merge(alice, bob)
    assert balance_of(alice.pk).owed == 50
    void_hold(hold_id=hold.pk)
    assert balances(alice, bob) == [Balance(available=0, pending=0, held=0, owed=20), NOTHING]


def test_what_follows_goes_to_where_the_kept_account_went(alice, bob, earn):
    carol = MemberFactory()
    earn(bob, 30)
    hold = set_aside(bob, 30)
    merge(carol, bob)
    merge(alice, carol)
    void_hold(hold_id=hold.pk)
    assert balances(alice, carol, bob) == [Balance(available=30, pending=0, held=0, owed=0), NOTHING, NOTHING]


def test_what_was_earned_before_is_taken_back_after(alice, bob, earn):
    earned = earn(bob, 30)
    merge(alice, bob)
    reverse(posting_id=earned.posting_id, scope="test", key="back", reason="daily.quiz")
    assert balances(alice, bob) == [NOTHING, NOTHING]


def test_what_was_undone_before_is_not_undone_again_after(alice, bob, earn):
    earned = earn(bob, 100)
    used = spend(member_id=bob.pk, points=60, scope="test", key="use", reason="TEA-1")

    def give_back() -> Booked:
        return refund(posting_id=used.posting_id, points=20, scope="test", key="refund", reason="TEA-1")

    def take_back() -> Booked:
        return reverse(posting_id=earned.posting_id, scope="test", key="back", reason="daily.quiz")

    first = [give_back(), take_back()]
    merge(alice, bob)
    again = [give_back(), take_back()]
    assert [(booked.posting_id, booked.points, booked.balance) for booked in again] == [
        (booked.posting_id, booked.points, booked.balance) for booked in first
    ]
    assert all(booked.replayed for booked in again)
    with pytest.raises(KeyConflict):
        refund(posting_id=used.posting_id, points=21, scope="test", key="refund", reason="TEA-1")


def test_merger_that_fails_moves_nothing(alice, bob, earn, monkeypatch):
    earn(bob, 30)

    def fail(**_):
        raise RuntimeError

    accounts_merged.connect(fail)
    try:
        with pytest.raises(RuntimeError), transaction.atomic():
            join_accounts(kept=alice, closed=bob, entrance="web")
    finally:
        accounts_merged.disconnect(fail)
    assert balance_of(bob.pk).available == 30


def test_closing_forfeits_what_is_left(alice, earn):
    earn(alice, 30)
    earn(alice, 20, available_at=in_days(3))
    close(alice)
    assert balance_of(alice.pk) == NOTHING
    assert system_totals()[System.FORFEITURE] == 50
    account_closed.send(AccountClosed, fact=AccountClosed(member_id=alice.pk))  # told once more
    assert Posting.objects.filter(kind="forfeit").count() == 1


def test_closing_with_debt(alice, earn):
    owe(alice, earn, 40)
    close(alice)
    assert balance_of(alice.pk) == NOTHING
    assert system_totals()[System.FORFEITURE] == -40


def test_what_was_forfeited_is_not_taken_again(alice, earn):
    earned = earn(alice, 100)
    close(alice)
    with pytest.raises(NothingToBook):
        reverse(posting_id=earned.posting_id, scope="test", key="back", reason="daily.quiz")
    assert balance_of(alice.pk) == NOTHING


def test_closing_without_points(alice):
    close(alice)
    assert not Posting.objects.exists()


def test_what_had_expired_is_booked_as_expired(alice, earn):
    earn(alice, 30, expires_at=in_days(5))
    earn(alice, 20)
    with time_machine.travel(in_days(6)):
        close(alice)
    totals = system_totals()
    assert (totals[System.EXPIRY], totals[System.FORFEITURE]) == (30, 20)


def test_open_hold_blocks_the_closing(alice, earn):
    earn(alice, 2000)
    hold = set_aside(alice, 1234)
    with pytest.raises(ClosureRefused) as refusal:
        require_no_obstacles(alice)
    (obstacle,) = refusal.value.obstacles
    assert "1,234" in obstacle.text
    # A hold ends with what was ordered, not on a day that is known.
    assert str(timezone.localtime(hold.expires_at).year) not in obstacle.text
    AccountClosure.objects.create(member=alice, entrance="web", due_at=timezone.now())
    assert close_due_accounts() == 0
    void_hold(hold_id=hold.pk)
    assert close_due_accounts() == 1


def test_hold_of_an_account_that_was_merged_blocks_the_closing(alice, bob, earn):
    carol = MemberFactory()
    earn(bob, 30)
    hold = set_aside(bob, 30)
    merge(carol, bob)
    merge(alice, carol)
    with pytest.raises(ClosureRefused):
        require_no_obstacles(alice)
    void_hold(hold_id=hold.pk)
    require_no_obstacles(alice)


def test_member_is_told_what_will_be_lost(alice, earn):
    assert not [said for said in consequences(alice) if "积分" in said.text]
    earn(alice, 1000)
    earn(alice, 234, available_at=in_days(3))
    (said,) = [said for said in consequences(alice) if "1,234" in said.text]
    assert not said.blocks


def test_member_gets_a_copy_of_the_ledger(alice, bob, earn, olga):
    earn(alice, 30)
    earn(bob, 7)
    spend(member_id=alice.pk, points=10, scope="test", key="x", reason="TEA-1")
    adjust(alice, 5, olga, note="等了两小时")
    (part,) = [part for part in parts() if part.name == "points"]
    ledger, adjustments = part.export(alice)
    assert [(row["reason"], row["amount"], row["balance_after"]) for row in ledger.rows] == [
        ("daily.quiz", 30, 30),
        ("TEA-1", -10, 20),
        ("adjustment.goodwill", 5, 25),
    ]
    assert set(ledger.labels) == set(ledger.rows[0])
    assert [(row["points"], row["note"]) for row in adjustments.rows] == [(5, "等了两小时")]


def test_what_stayed_with_an_account_that_was_merged_is_copied_and_erased_with_the_kept_one(alice, bob, earn, olga):
    carol = MemberFactory()
    earn(bob, 30)
    adjust(bob, 7, olga, note="等了两小时")
    rule()
    for member in (bob, carol):
        told(member, cause="what both were paid for")
    merge(carol, bob)
    merge(alice, carol)
    exported = {part.name: part.export(alice) for part in parts()}
    ledger, adjustments = exported["points"]
    assert [(row["reason"], row["amount"]) for row in ledger.rows if row["amount"] in (30, 7)] == [
        ("daily.quiz", 30),
        ("adjustment.goodwill", 7),
    ]
    assert [row["note"] for row in adjustments.rows] == ["等了两小时"]
    assert [row["points"] for row in exported["earning"][0].rows] == [5, 5]
    close(alice)
    assert PointAdjustment.objects.get().note == ""


def test_erasure_takes_the_notes_and_says_what_is_kept(alice, earn, olga):
    adjust(alice, 5, olga)
    (part,) = [part for part in parts() if part.name == "points"]
    for _ in range(2):
        (kept,) = part.erase(alice)
    year = timezone.localtime(Entry.objects.latest("pk").posted_at).year
    assert (kept.until.year, kept.until.month, kept.until.day) == (year + 30, 12, 31)
    assert PointAdjustment.objects.get().note == ""
    assert part.erase(MemberFactory()) == []


def test_fact_moves_points(alice, bob, earn):
    earn(bob, 3)
    accounts_merged.send(AccountsMerged, fact=AccountsMerged(kept_id=alice.pk, closed_id=bob.pk))
    assert balance_of(alice.pk).available == 3
