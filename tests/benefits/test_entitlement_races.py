"""Somebody books while a tier changes: nothing is taken back, and neither waits for ever. Each race has its control."""

import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import F

from benefits.actions import refresh_entitlements as module
from benefits.actions.refresh_entitlements import Refreshed
from benefits.models import Entitlement, Tier
from tests.benefits.entitling import DAY, give_tier, insure, of, refresh
from tests.factories import CustomerFactory
from tests.locks import waiting_for_locks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]


@pytest.fixture
def alice():
    """Has fallen from black diamond to gold; the entitlements do not say so yet."""
    alice = CustomerFactory()
    give_tier(alice, Tier.BLACK_DIAMOND)
    refresh(alice)
    give_tier(alice, Tier.GOLD)
    return alice


def beside(work):
    """Begins it in another connection, and returns when it waits for a lock."""

    def run():
        try:
            return work()
        finally:
            connection.close()

    pool = ThreadPoolExecutor(1)
    doing: Future = pool.submit(run)
    pool.shutdown(wait=False)
    for _ in range(600):
        if doing.done() or waiting_for_locks():
            return doing
        time.sleep(0.05)
    raise AssertionError("neither done nor waiting")


def cut_what_was_read(entitlement):
    """The control: reads what is booked, and then writes what follows from it."""
    spent = entitlement.held + entitlement.used

    def write():
        Entitlement.objects.filter(pk=entitlement.pk).update(quota=max(1, spent))

    return write


def test_a_visit_that_is_booked_during_a_fall_is_honoured(alice):
    Entitlement.objects.filter(service__code="dental_cleaning").update(held=1)
    with transaction.atomic():
        Entitlement.objects.filter(service__code="dental_cleaning").update(held=F("held") + 1)
        falling = beside(lambda: refresh(alice))
        assert not falling.done()
    assert falling.result(30) == Refreshed(changed=4, withdrawn=4)
    assert (of(alice, "dental_cleaning").quota, of(alice, "dental_cleaning").left) == (2, 0)


def test_control_what_reads_first_would_take_it_back(alice):
    Entitlement.objects.filter(service__code="dental_cleaning").update(held=1)
    cutting = cut_what_was_read(of(alice, "dental_cleaning"))
    with transaction.atomic():
        Entitlement.objects.filter(service__code="dental_cleaning").update(held=F("held") + 1)
        falling = beside(cutting)
    with pytest.raises(IntegrityError, match="benefits_quota_is_never_oversold"):
        falling.result(30)


def book_across_two(customer, falling_begins):
    """As a booking does: locks all that the customer has of a service, in order of id."""
    with transaction.atomic():
        first, second = customer.entitlements.filter(service__code="second_opinion").order_by("pk").values_list("pk")
        Entitlement.objects.select_for_update().get(pk=first[0])
        falling = falling_begins()
        Entitlement.objects.select_for_update().get(pk=second[0])
    return falling


@pytest.fixture
def bob():
    """Loses a tier and a policy, which give the same service."""
    bob = CustomerFactory()
    insure(bob, "MED_ASIA")
    give_tier(bob, Tier.DIAMOND)
    refresh(bob)
    give_tier(bob, None)
    bob.policy_roles.get().policy.__class__.objects.update(status="lapsed")
    return bob


def test_a_booking_and_a_refresh_lock_in_the_same_order(bob):
    falling = book_across_two(bob, lambda: beside(lambda: refresh(bob)))
    assert falling.result(30) == Refreshed(withdrawn=10)


def test_control_in_another_order_they_would_wait_for_each_other(bob, monkeypatch):
    turned = module.STATEMENT.replace("ORDER BY e.id\n", "ORDER BY e.id DESC\n")
    assert turned != module.STATEMENT
    monkeypatch.setattr(module, "STATEMENT", turned)
    with pytest.raises(OperationalError, match="deadlock"):  # one of the two is thrown out
        book_across_two(bob, lambda: beside(lambda: refresh(bob))).result(30)


def test_many_refreshes_of_the_same_people_make_everything_once(alice):
    crowd = [alice, *(CustomerFactory() for _ in range(20))]
    for customer in crowd:
        give_tier(customer, Tier.PLATINUM)

    def some(turn):
        try:
            return refresh(*(crowd if turn % 2 else reversed(crowd)))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(some, range(16)))
    assert sum(each.created for each in done) == 20 * 7
    assert Entitlement.objects.usable(on=DAY).count() == 21 * 7
