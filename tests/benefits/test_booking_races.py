"""Many who want the same place, or one who taps twice. Each race has its control, which shows what holds it."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from decimal import Decimal
from functools import partial
from threading import Barrier, BrokenBarrierError, Event

import pytest
from django.db import DatabaseError, connection, transaction

from benefits import events
from benefits.actions import book_visit as booking_module
from benefits.actions import keep_site as keeping
from benefits.actions import move_booking as moving_module
from benefits.actions import take_place as taking
from benefits.actions.cancel_booking import cancel_booking
from benefits.actions.keep_visit import check_in, complete_visit
from benefits.actions.move_booking import move_booking
from benefits.actions.rate_visit import rate_visit
from benefits.models import Booking, ContractPrice, Entitlement, OpeningHours, Service, Slot
from benefits.refusals import BenefitRefused, DoubleBooked, QuotaUsedUp, SlotTaken, TooSoonAfterLast
from members.actions.lock_accounts import lock_accounts
from tests.benefits.network import MONDAY, at, make_offer
from tests.benefits.visitors import book, entitle, terms, visitor
from tests.locks import waiting_for_locks, without_row_locks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday_morning")]
BOOKERS = 50


def at_once(*calls):
    """What each of them is answered with, or refused with. Every one has its own connection."""
    gate = Barrier(len(calls))

    def answer(call):
        try:
            gate.wait(60)
            return call()
        except (BenefitRefused, DatabaseError) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(answer, calls))


def kinds(answers):
    return {kind: sum(isinstance(answer, kind) for answer in answers) for kind in {type(each) for each in answers}}


def test_fifty_on_the_last_place(dentist):
    members = [visitor() for _ in range(BOOKERS)]
    answers = at_once(*(lambda member=member: book(member, dentist) for member in members))
    assert kinds(answers) == {Booking: 1, SlotTaken: BOOKERS - 1}
    late = next(answer for answer in answers if isinstance(answer, SlotTaken))
    assert late.next_free[0].starts_at == at(MONDAY, 11)
    assert Slot.objects.get().taken == 1
    assert sum(Entitlement.objects.values_list("held", flat=True)) == 1


def test_the_same_person_twice_in_one_instant(dentist):
    member = visitor(quota=2, allowance=terms(gap_days=0))
    answers = at_once(*[lambda: book(member, dentist)] * 2)
    assert kinds(answers) in ({Booking: 1, SlotTaken: 1}, {Booking: 1, DoubleBooked: 1})
    roomy = make_offer(capacity=5)
    answers = at_once(*[lambda: book(member, roomy, starts_at=at(MONDAY, 14))] * 2)
    assert kinds(answers) == {Booking: 1, QuotaUsedUp: 1}


def test_one_tap_that_arrives_twice(dentist):
    member = visitor()
    first, second = at_once(*[lambda: book(member, dentist, key="tap")] * 2)
    assert first == second
    assert Booking.objects.count() == 1


def meeting(among, within=3):
    """Everybody waits for the others to have looked, too."""
    gate = Barrier(among)

    def meet():
        with contextlib.suppress(BrokenBarrierError):
            gate.wait(within)

    return meet


def test_quota_waits_for_its_lock(monkeypatch, dentist):
    """Two who have read the same entitlement: with the lock the second reads what the first has left."""
    member = visitor(allowance=terms(gap_days=0))
    meet, look = meeting(2), booking_module.first_usable

    def look_and_meet(*args):
        found = look(*args)
        meet()
        return found

    monkeypatch.setattr(booking_module, "first_usable", look_and_meet)
    roomy = make_offer(capacity=5)
    answers = at_once(*(lambda hour=hour: book(member, roomy, starts_at=at(MONDAY, hour)) for hour in (9, 10)))
    assert kinds(answers) == {Booking: 1, QuotaUsedUp: 1}


def test_control_without_the_lock_only_the_database_is_left(monkeypatch, dentist):
    """Both find one left; the second is stopped by the constraint, as a fault and not as an answer."""
    member = visitor(allowance=terms(gap_days=0))
    meet, look = meeting(2), booking_module.first_usable

    def unlocked(customer_id, service, starts_at):
        found = Entitlement.objects.filter(customer=customer_id, service=service)
        return list(found.select_related("allowance", "customer"))

    def look_and_meet(*args):
        found = look(*args)
        meet()
        return found

    monkeypatch.setattr(booking_module, "locked_entitlements", unlocked)
    monkeypatch.setattr(booking_module, "first_usable", look_and_meet)
    roomy = make_offer(capacity=5)
    answers = at_once(*(lambda hour=hour: book(member, roomy, starts_at=at(MONDAY, hour)) for hour in (9, 10)))
    (stopped,) = [answer for answer in answers if isinstance(answer, DatabaseError)]
    assert "benefits_quota_is_never_oversold" in str(stopped)


def test_two_services_at_once_are_not_taken_for_a_fault(dentist):
    """Of one member, at overlapping times, and neither shares an entitlement, a place or a slot with the other.

    Without the lock of `TAKE` each may have written before it looks, and one fails of a deadlock: too rarely for a
    control.
    """
    scaling = Service.objects.create(code="scaling", mode="slot", unit="visit", partner_kind="x", lead_time="P3D")
    other = make_offer(service=scaling)
    ContractPrice.objects.create(contract=other.site.provider.contracts.get(), service=scaling, price=Decimal(100))
    member = visitor()
    entitle(member, allowance=terms(service=scaling))
    answers = at_once(*(partial(book, member, offer) for offer in (dentist, other)))
    assert kinds(answers) == {Booking: 1, DoubleBooked: 1}


def move(booking, offer, hour):
    return move_booking(booking_id=booking.pk, site_service_id=offer.pk, starts_at=at(MONDAY, hour))


def test_two_that_change_places_do_not_wait_crosswise(dentist):
    roomy = make_offer(capacity=2)
    members = [visitor(allowance=terms(gap_days=0)) for _ in range(2)]
    for _round in range(10):
        ten, eleven = (
            book(member, roomy, starts_at=at(MONDAY, hour)) for member, hour in zip(members, (10, 11), strict=True)
        )
        answers = at_once(partial(move, ten, roomy, 11), partial(move, eleven, roomy, 10))
        assert kinds(answers) == {Booking: 2}
        for booking in (ten, eleven):
            cancel_booking(booking_id=booking.pk)
    assert set(Slot.objects.values_list("taken", flat=True)) == {0}


def test_cancelled_twice_at_once_is_once(dentist):
    booking = book(visitor(), dentist)
    answers = at_once(*[lambda: cancel_booking(booking_id=booking.pk)] * 4)
    assert kinds(answers) == {Booking: 4}
    assert Slot.objects.get().taken == 0
    assert Entitlement.objects.get().held == 0


def move_towards_each_other(monkeypatch):
    """On two entitlements of one member; both have looked for visits near the new day before either is there."""
    member = visitor(allowance=terms(gap_days=30))
    entitle(member, allowance=terms(gap_days=30))
    roomy, far = make_offer(capacity=5), MONDAY + timedelta(days=60)
    first, second = book(member, roomy), book(member, roomy, starts_at=at(far, 10))
    assert first.entitlement_id != second.entitlement_id
    meet, look = meeting(2), moving_module.require_usable

    def look_and_meet(*args, **kwargs):
        look(*args, **kwargs)
        meet()

    monkeypatch.setattr(moving_module, "require_usable", look_and_meet)
    days = (MONDAY + timedelta(days=29), MONDAY + timedelta(days=31))
    return at_once(
        *(
            partial(move_booking, booking_id=each.pk, site_service_id=roomy.pk, starts_at=at(day, 10))
            for each, day in zip((first, second), days, strict=True)
        )
    )


def test_moves_on_two_entitlements_keep_the_days_between_visits(monkeypatch, dentist):
    assert kinds(move_towards_each_other(monkeypatch)) == {Booking: 1, TooSoonAfterLast: 1}


def test_control_without_the_entitlements_locks_both_move(monkeypatch, dentist):
    without_row_locks(monkeypatch, Entitlement, Booking)
    assert kinds(move_towards_each_other(monkeypatch)) == {Booking: 2}


@pytest.mark.parametrize("verb", ["rate", "serve"])
def test_what_earns_does_not_wait_crosswise_for_who_merges_accounts(monday_morning, dentist, verb):
    """They lock the account, then its bookings; points lock the account when the visit is kept or rated."""
    booking = book(visitor(), dentist)
    monday_morning.move_to(booking.starts_at, tick=False)
    check_in(code=booking.code, provider=dentist.site.provider)
    if verb == "rate":
        complete_visit(booking_id=booking.pk)

    def earns(fact, **_):
        lock_accounts(fact.member_id)

    signal = events.visit_rated if verb == "rate" else events.visit_completed
    signal.connect(earns)
    act = partial(rate_visit, rating=5) if verb == "rate" else complete_visit
    try:
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                lock_accounts(booking.member_id)
                answer = pool.submit(closing_its_connection, partial(act, booking_id=booking.pk))
                while not answer.done() and not waiting_for_locks():
                    pass
                Booking.objects.filter(member=booking.member_id).update(member=booking.member_id)
            assert answer.result(30).state == "completed"
    finally:
        signal.disconnect(earns)


def closing_its_connection(call):
    try:
        return call()
    finally:
        connection.close()


def change_while_booking(monkeypatch, offer):
    """Somebody has read the hours and is about to take ten o'clock when they change; what the change answers."""
    has_read, has_changed, look = Event(), Event(), taking.require_slot

    def look_and_wait(*args):
        look(*args)
        has_read.set()
        has_changed.wait(2)

    def change():
        has_read.wait(20)
        try:
            return keeping.keep_site(site=offer.site, hours={0: [(time(9, 30), time(12))]}, offers={})
        except keeping.HoursAreBooked as refusal:
            return refusal
        finally:
            has_changed.set()

    monkeypatch.setattr(taking, "require_slot", look_and_wait)
    booked, changed = at_once(partial(book, visitor(), offer), change)
    assert isinstance(booked, Booking)
    return changed


def test_a_site_that_changes_waits_for_who_is_booking(monkeypatch, dentist):
    refusal = change_while_booking(monkeypatch, dentist)
    assert isinstance(refusal, keeping.HoursAreBooked)
    assert refusal.booked == 1


def test_control_without_the_lock_the_hours_change_under_who_is_booking(monkeypatch, dentist):
    monkeypatch.setattr(keeping, "lock_places", lambda site_ids: None)
    assert change_while_booking(monkeypatch, dentist) == dentist.site
    assert OpeningHours.objects.get(weekday=0).opens == time(9, 30)
