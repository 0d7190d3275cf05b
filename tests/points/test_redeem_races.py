"""Many who want the same at the same moment. Each race has its control, which shows what the lock is for."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError, Event

import pytest
from django.db import DatabaseError, connection
from django.db.models import QuerySet

from points.actions import cancel_redemption as cancelling
from points.actions import redeem_reward as redeeming
from points.actions.cancel_redemption import cancel_redemption
from points.actions.fulfil_redemption import claim
from points.actions.load_rewards import load_rewards
from points.models import Redemption, Reward, VoucherCode
from points.queries import balance_of
from points.rewards.refusals import LimitReached, SoldOut, TooLateToCancel
from tests.locks import without_row_locks
from tests.points.reward_cast import PHONE, TELEDOC, change, fill_pool, redeem, redeemer

pytestmark = pytest.mark.django_db(transaction=True)
BUYERS = 50


@pytest.fixture(autouse=True)
def rewards():
    load_rewards()


def at_once(member_and_sku):
    """What each of them is answered with: a redemption, or what refused it. Every one has its own connection."""
    gate = Barrier(len(member_and_sku))

    def buy(member, sku):
        try:
            gate.wait(60)
            return redeem(member, sku)
        except (SoldOut, LimitReached, DatabaseError) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(member_and_sku)) as pool:
        return list(pool.map(buy, *zip(*member_and_sku, strict=True)))


def kinds(answers):
    return {kind: sum(isinstance(answer, kind) for answer in answers) for kind in {type(each) for each in answers}}


def meeting_before_writing(look, among):
    """`look`, after which everybody waits for the others to have looked, too."""
    gate = Barrier(among)

    def looked(*args, **kwargs):
        found = look(*args, **kwargs)
        with contextlib.suppress(BrokenBarrierError):
            gate.wait(20)
        return found

    return looked


def test_of_fifty_who_want_the_last_code_one_gets_it():
    fill_pool(TELEDOC, "THE-LAST")
    buyers = [redeemer(1_000) for _ in range(BUYERS)]
    answers = at_once([(buyer, TELEDOC) for buyer in buyers])
    assert kinds(answers) == {Redemption: 1, SoldOut: BUYERS - 1}
    (winner,) = Redemption.objects.all()
    assert winner.voucher.code == "THE-LAST"
    left = {balance_of(buyer.pk).available for buyer in buyers if buyer.pk != winner.member_id}
    assert (left, balance_of(winner.member_id).available) == ({1_000}, 200)
    assert {balance_of(buyer.pk).held for buyer in buyers} == {0}


def test_of_fifty_who_want_ten_codes_ten_get_one_each():
    fill_pool(TELEDOC, *(f"CODE-{number}" for number in range(10)))
    answers = at_once([(redeemer(1_000), TELEDOC) for _ in range(BUYERS)])
    got = [answer for answer in answers if isinstance(answer, Redemption)]
    # Whoever comes while a code is locked takes the next one; nobody is given two, and no code goes to two.
    assert len({redemption.voucher.code for redemption in got}) == len(got) == 10


def test_control_without_the_lock_many_are_given_the_same_code(monkeypatch):
    """The database refuses all of them but one: not sold out, but an error on the page."""
    among = 10
    monkeypatch.setattr(
        redeeming, "next_voucher", meeting_before_writing(lambda reward: VoucherCode.objects.get(reward=reward), among)
    )
    fill_pool(TELEDOC, "THE-LAST")
    answers = at_once([(redeemer(1_000), TELEDOC) for _ in range(among)])
    assert sum(isinstance(answer, DatabaseError) for answer in answers) == among - 1
    assert Redemption.objects.count() == 1


def test_of_fifty_who_want_the_last_of_a_stock_one_gets_it():
    change(PHONE, stock=1)
    answers = at_once([(redeemer(1_000), PHONE) for _ in range(BUYERS)])
    assert kinds(answers) == {Redemption: 1, SoldOut: BUYERS - 1}
    assert Reward.objects.get(sku=PHONE).stock == 0


def test_control_without_the_lock_the_last_is_sold_many_times(monkeypatch):
    among = 10

    def look(reward):
        return Reward.objects.get(pk=reward.pk).stock > 0

    def look_and_take(reward):
        found = looked(reward)
        Reward.objects.filter(pk=reward.pk).update(stock=0)
        return found

    looked = meeting_before_writing(look, among)
    monkeypatch.setattr(redeeming, "take_from_stock", look_and_take)
    change(PHONE, stock=1)
    answers = at_once([(redeemer(1_000), PHONE) for _ in range(among)])
    assert kinds(answers) == {Redemption: among}


def twice_at_once(monkeypatch=None):
    """What one member is answered who may have it once, and asks twice at the same moment."""
    change(PHONE, limit_count=1, limit_period="month", stock=None)
    alice = redeemer(5_000)
    if monkeypatch:
        monkeypatch.setattr(redeeming, "lock_accounts", lambda *ids: {alice.pk: alice})
        counting = meeting_before_writing(redeeming.rules.redeemed_in_period, 2)
        monkeypatch.setattr(redeeming.rules, "redeemed_in_period", counting)
    return at_once([(alice, PHONE), (alice, PHONE)])


def test_a_limit_holds_when_one_member_asks_twice_at_once():
    assert kinds(twice_at_once()) == {Redemption: 1, LimitReached: 1}


def test_control_without_the_lock_the_limit_does_not_hold(monkeypatch):
    assert kinds(twice_at_once(monkeypatch)) == {Redemption: 2}


def test_the_same_key_at_once_is_one_redemption():
    change(PHONE, limit_count=None, limit_period="")
    alice = redeemer(5_000)
    gate = Barrier(8)

    def click(_):
        try:
            gate.wait(60)
            return redeem(alice, PHONE, key="form 7").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(click, range(8)))) == 1
    assert Redemption.objects.count() == 1
    assert QuerySet(Redemption).get().hold.points == balance_of(alice.pk).held == 1_000


def called_off_while_it_is_claimed(redemption, *, first=lambda: None):
    """What the member is answered, and whether a worker has claimed it, to order it from its provider."""
    gate = Barrier(2)

    def at_the_gate(act):
        try:
            gate.wait(60)
            return act()
        except (TooLateToCancel, DatabaseError) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        member = pool.submit(
            at_the_gate, lambda: cancel_redemption(member=redemption.member, redemption_id=redemption.pk)
        )
        worker = pool.submit(at_the_gate, lambda: first() or claim(redemption.pk))
        return member.result(60), worker.result(60)


def test_what_is_called_off_is_never_ordered_nor_what_is_ordered_called_off():
    change(PHONE, limit_count=None, limit_period="", stock=None)
    for _ in range(20):
        redemption = redeem(redeemer(1_000), PHONE)
        Redemption.objects.filter(pk=redemption.pk).update(next_try_at=redemption.asked_at)
        answer, claimed = called_off_while_it_is_claimed(redemption)
        balance = balance_of(redemption.member_id)
        if claimed:
            assert isinstance(answer, TooLateToCancel) and (balance.available, balance.held) == (0, 1_000)
        else:
            assert isinstance(answer, Redemption) and (balance.available, balance.held) == (1_000, 0)


def test_control_without_the_lock_only_the_database_keeps_an_order_from_being_called_off(monkeypatch):
    change(PHONE, limit_count=None, limit_period="", stock=None)
    redemption = redeem(redeemer(1_000), PHONE)
    Redemption.objects.filter(pk=redemption.pk).update(next_try_at=redemption.asked_at)
    looked, ordered = Event(), Event()
    call_off = cancelling.call_off

    def call_off_late(found):
        looked.set()
        assert ordered.wait(20)
        call_off(found)

    def claim_between():
        assert looked.wait(20)
        claim(redemption.pk)
        ordered.set()

    without_row_locks(monkeypatch, Redemption)
    monkeypatch.setattr(cancelling, "call_off", call_off_late)
    answer, _claimed = called_off_while_it_is_claimed(redemption, first=claim_between)
    assert isinstance(answer, DatabaseError)
