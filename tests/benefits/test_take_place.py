"""Taking one place in a slot: what is refused and why, and that the last one goes once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, connection, transaction

from benefits.actions import take_place as taking
from benefits.actions.change_slots import spread_capacity
from benefits.actions.take_place import give_back_place, take_place
from benefits.models import BlackoutDay, OpeningHours, Site, SiteService, Slot
from benefits.queries.places import free_slots, next_free_slots
from benefits.refusals import (
    BenefitRefused,
    ClosedDay,
    NoContract,
    NoSuchSlot,
    NotOffered,
    PastDate,
    SlotTaken,
    TooFarAhead,
    TooSoon,
)
from tests.benefits.network import MONDAY, NOW, at, make_offer

GUESTS = 50


def take(offer: SiteService, starts_at: datetime):
    return take_place(site_service_id=offer.pk, starts_at=starts_at, customer_id=1)


def test_it_works(dentist):
    place = take(dentist, at(MONDAY, 9))
    slot = Slot.objects.get(pk=place.slot_id)
    assert (slot.starts_at, slot.capacity, slot.taken) == (at(MONDAY, 9), 1, 1)
    assert (place.starts_at, place.ends_at, place.price) == (at(MONDAY, 9), at(MONDAY, 10), Decimal("180.00"))
    assert next_free_slots(dentist.pk, at(MONDAY, 9), 1)[0].starts_at == at(MONDAY, 10)


def test_the_same_slot_takes_as_many_as_it_has_places(dentist):
    SiteService.objects.update(capacity=2)
    first, second = take(dentist, at(MONDAY, 9)), take(dentist, at(MONDAY, 9))
    assert (first.slot_id, Slot.objects.get().taken) == (second.slot_id, 2)
    with pytest.raises(SlotTaken):
        take(dentist, at(MONDAY, 9))


def test_who_comes_too_late_hears_of_the_next_five(dentist):
    take(dentist, at(MONDAY, 9))
    take(dentist, at(MONDAY, 11))
    with pytest.raises(SlotTaken) as refusal:
        take(dentist, at(MONDAY, 9))
    assert [slot.starts_at for slot in refusal.value.next_free] == [at(MONDAY, hour) for hour in (10, 13, 14, 15, 16)]


def test_what_is_given_back_can_be_taken_again(dentist):
    place = take(dentist, at(MONDAY, 9))
    give_back_place(place.slot_id)
    assert take(dentist, at(MONDAY, 9)).slot_id == place.slot_id
    give_back_place(place.slot_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        give_back_place(place.slot_id)


def test_a_lowered_capacity_is_not_sold_again(dentist):
    SiteService.objects.update(capacity=3)
    slot_id = {take(dentist, at(MONDAY, 9)).slot_id for _ in range(3)}.pop()
    SiteService.objects.update(capacity=1)
    spread_capacity(SiteService.objects.get())
    for left in (2, 1):
        give_back_place(slot_id)
        slot = Slot.objects.get()
        assert (slot.taken, slot.capacity) == (left, left)
        with pytest.raises(SlotTaken):
            take(dentist, at(MONDAY, 9))
    give_back_place(slot_id)
    slot = Slot.objects.get()
    assert (slot.taken, slot.capacity) == (0, 1)


def not_offered():
    SiteService.objects.update(is_offered=False)


def site_closed():
    Site.objects.update(is_active=False)


def blacked_out():
    BlackoutDay.objects.create(site=Site.objects.get(), day=MONDAY)


def closed_on_mondays():
    OpeningHours.objects.filter(weekday=0).delete()


def no_contract():
    SiteService.objects.get().site.provider.contracts.update(ends_on=MONDAY - timedelta(1))


def as_it_is():
    pass


@pytest.mark.parametrize(
    ("change", "starts_at", "refusal"),
    [
        (not_offered, at(MONDAY, 9), NotOffered),
        (site_closed, at(MONDAY, 9), NotOffered),
        (blacked_out, at(MONDAY, 9), ClosedDay),
        (closed_on_mondays, at(MONDAY, 9), ClosedDay),
        (no_contract, at(MONDAY, 9), NoContract),
        (as_it_is, at(MONDAY, 8), NoSuchSlot),
        (as_it_is, at(MONDAY, 9, 30), NoSuchSlot),
        (as_it_is, at(MONDAY, 12), NoSuchSlot),
        (as_it_is, at(MONDAY, 17), NoSuchSlot),
        (as_it_is, at(MONDAY, 9) + timedelta(seconds=1), NoSuchSlot),
        (as_it_is, at(date(2027, 3, 7), 9), ClosedDay),
        (as_it_is, NOW - timedelta(days=7), PastDate),
        (as_it_is, NOW, PastDate),
        (as_it_is, at(date(2027, 3, 3), 16), TooSoon),
        (as_it_is, at(date(2027, 5, 31), 9), TooFarAhead),
    ],
)
def test_what_is_refused(dentist, change, starts_at, refusal):
    change()
    with pytest.raises(refusal) as refused:
        take(dentist, starts_at)
    assert str(refused.value) and refused.value.code
    assert not Slot.objects.exists()


def test_a_place_that_nobody_knows_offers_nothing(dentist):
    with pytest.raises(NotOffered):
        take_place(site_service_id=0, starts_at=at(MONDAY, 9), customer_id=1)


def test_an_offer_for_no_guests_is_full(dentist):
    SiteService.objects.update(capacity=0)
    with pytest.raises(SlotTaken):
        take(dentist, at(MONDAY, 9))
    assert not Slot.objects.exists()


def test_every_slot_that_is_offered_can_be_taken_and_no_other(dentist):
    """The list and the taking say the same, minute by minute."""
    SiteService.objects.update(slot_minutes=35)
    offered = {slot.starts_at for slot in free_slots(dentist.pk, MONDAY, NOW)}
    assert len(offered) == 11
    for minutes in range(7 * 60, 18 * 60, 5):
        starts_at = at(MONDAY, 0) + timedelta(minutes=minutes)
        try:
            take(dentist, starts_at)
        except BenefitRefused:
            taken = False
        else:
            taken = True
        assert taken == (starts_at in offered)


@pytest.fixture
def last_place(transactional_db):
    """A place that nobody has booked yet; threads see only what is committed, and the clock runs for all of them."""
    with time_machine.travel(NOW):
        yield make_offer()


def at_once(offer: SiteService, guests: int):
    """What each of them is answered with. Every one has a connection of their own."""
    gate = Barrier(guests)

    def book(_: int):
        try:
            gate.wait(60)
            return take(offer, at(MONDAY, 9))
        except (SlotTaken, DatabaseError) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(guests) as pool:
        return list(pool.map(book, range(guests)))


def test_of_fifty_who_want_the_last_place_one_gets_it(last_place):
    answers = at_once(last_place, GUESTS)
    refused = [answer for answer in answers if isinstance(answer, SlotTaken)]
    assert len(refused) == GUESTS - 1
    assert {tuple(slot.starts_at for slot in refusal.next_free) for refusal in refused} == {
        tuple(at(MONDAY, hour) for hour in (10, 11, 13, 14, 15))
    }
    slot = Slot.objects.get()
    assert (slot.capacity, slot.taken) == (1, 1)


def look_first(among: int):
    """Taking in two steps: everybody looks before anybody takes."""
    gate = Barrier(among)

    def look_and_take(site_service_id: int, starts_at: datetime, capacity: int, customer_id: int) -> int | None:
        found = Slot.objects.get(at=site_service_id, starts_at=starts_at)
        gate.wait(20)
        if found.taken >= found.capacity:
            return None
        found.taken += 1
        found.save()
        return found.pk

    return look_and_take


def test_control_without_the_condition_the_last_place_goes_to_many(last_place, monkeypatch):
    among = 10
    Slot.objects.create(at=last_place, starts_at=at(MONDAY, 9), capacity=1)
    monkeypatch.setattr(taking, "take", look_first(among))
    answers = at_once(last_place, among)
    assert [type(answer).__name__ for answer in answers] == ["TakenPlace"] * among


def test_control_the_database_itself_refuses_to_oversell(last_place, monkeypatch):
    """Whoever counts up without the condition is refused by the constraint: an error on the page, never two guests."""
    monkeypatch.setattr(taking, "TAKE", taking.TAKE.replace("WHERE slot.taken < slot.capacity", ""))
    answers = at_once(last_place, 10)
    assert sum(isinstance(answer, IntegrityError) for answer in answers) == 9
    assert Slot.objects.get().taken == 1
