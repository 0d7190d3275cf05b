"""Whoever waits for a day that is full gets what becomes free, in the order in which they came."""

from datetime import date, timedelta
from threading import Event, Thread

import pytest
from django.db import connection

from benefits.actions import serve_waiting_lists as serving
from benefits.actions.cancel_booking import cancel_booking
from benefits.actions.serve_waiting_lists import serve_waiting_lists
from benefits.actions.wait_for_place import join_waiting_list, leave_waiting_list
from benefits.models import Booking, Entitlement, WaitingPlace
from benefits.models.site import OpeningHours
from benefits.refusals import (
    ClosedDay,
    NoContract,
    NotEntitled,
    NotOffered,
    NotOnWaitingList,
    PastDate,
    PlacesAreFree,
    TooFarAhead,
    TooManyWaits,
    TooSoon,
)
from benefits.tasks import serve_waiting_lists as task
from tests.benefits.network import MONDAY, NOW, at, make_offer
from tests.benefits.visitors import book, terms, visitor
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import verified


@pytest.fixture
def full_monday(dentist):
    """Seven bookings: every slot of the day."""
    return [book(visitor(), dentist, starts_at=at(MONDAY, hour)) for hour in (9, 10, 11, 13, 14, 15, 16)]


def join(member, dentist, **other):
    return join_waiting_list(member=member, site_service_id=dentist.pk, day=MONDAY, **other)


def test_the_first_who_came_gets_it(dentist, full_monday):
    first, second = join(visitor(), dentist), join(visitor(), dentist)
    assert serve_waiting_lists() == 0
    cancel_booking(booking_id=full_monday[3].pk)
    assert serve_waiting_lists() == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.booking.starts_at, second.state) == ("booked", at(MONDAY, 13), "waiting")
    assert serve_waiting_lists() == 0


def test_joined_twice_is_one_place(dentist, full_monday):
    member = visitor()
    assert join(member, dentist) == join(member, dentist)


def test_nobody_waits_where_there_are_places(dentist):
    with pytest.raises(PlacesAreFree):
        join(visitor(), dentist)


def test_nobody_waits_for_what_they_can_not_have(dentist, full_monday):
    with pytest.raises(NotEntitled):
        join(verified(MemberFactory(customer=CustomerFactory())), dentist)
    with pytest.raises(PastDate):
        join_waiting_list(member=visitor(), site_service_id=dentist.pk, day=NOW.date() - timedelta(days=1))


SUNDAY, FRIDAY = MONDAY + timedelta(days=6), NOW.date() + timedelta(days=4)


@pytest.mark.parametrize(
    ("day", "refusal"),
    [
        (NOW.date() - timedelta(days=1), PastDate),
        (NOW.date() + timedelta(days=2), TooSoon),
        (NOW.date() + timedelta(days=91), TooFarAhead),
        (date(8999, 1, 1), TooFarAhead),
        (date.max, TooFarAhead),
        (date.min, PastDate),
        (SUNDAY, ClosedDay),
        (FRIDAY, ClosedDay),
    ],
)
def test_nobody_waits_for_a_day_on_which_nothing_can_come_free(dentist, day, refusal):
    """On Friday it is open for half an hour, in which no slot fits."""
    OpeningHours.objects.filter(site=dentist.site, weekday=FRIDAY.weekday()).delete()
    OpeningHours.objects.create(site=dentist.site, weekday=FRIDAY.weekday(), opens="09:00", closes="09:30")
    member = visitor(starts_on=date(2020, 1, 1), ends_on=date(9999, 12, 31))
    with pytest.raises(refusal):
        join_waiting_list(member=member, site_service_id=dentist.pk, day=day)
    assert not WaitingPlace.objects.exists()


def test_nobody_waits_where_the_door_is_shut(dentist, full_monday):
    member, site = visitor(), dentist.site
    closed = site.blackout_days.create(day=MONDAY)
    with pytest.raises(ClosedDay):
        join(member, dentist)
    closed.delete()
    dentist.is_offered = False
    dentist.save()
    with pytest.raises(NotOffered):
        join(member, dentist)
    dentist.is_offered = True
    dentist.save()
    site.provider.contracts.update(ends_on=MONDAY - timedelta(days=1))
    with pytest.raises(NoContract):
        join(member, dentist)


def test_who_waits_for_a_day_that_is_closed_then_waits_no_more(dentist, full_monday):
    join(visitor(), dentist)
    dentist.site.blackout_days.create(day=MONDAY)
    serve_waiting_lists()
    place = WaitingPlace.objects.get()
    assert (place.state, place.why_not) == (WaitingPlace.State.PASSED, "closed_day")


def test_five_lists_at_a_time(dentist, full_monday):
    member = visitor()
    lists = [make_offer(capacity=0) for _ in range(6)]
    joined = [join(member, each) for each in lists[:5]]
    with pytest.raises(TooManyWaits):
        join(member, lists[5])
    assert join(member, lists[0]) == joined[0]
    leave_waiting_list(place_id=joined[0].pk)
    assert join(member, lists[5]).state == "waiting"


def test_who_is_elsewhere_at_that_time_waits_for_the_next(dentist, full_monday):
    member = visitor(quota=3, allowance=terms(quota=3, gap_days=0))
    place = join(member, dentist)
    book(member, make_offer(), starts_at=at(MONDAY, 9))
    cancel_booking(booking_id=full_monday[0].pk)
    assert serve_waiting_lists() == 0
    place.refresh_from_db()
    assert place.state == "waiting"
    cancel_booking(booking_id=full_monday[1].pk)
    assert serve_waiting_lists() == 1
    place.refresh_from_db()
    assert place.booking.starts_at == at(MONDAY, 10)


def test_left_it_is_left(dentist, full_monday):
    place = join(visitor(), dentist)
    leave_waiting_list(place_id=place.pk)
    leave_waiting_list(place_id=place.pk)
    cancel_booking(booking_id=full_monday[0].pk)
    assert serve_waiting_lists() == 0
    booked = join_again = WaitingPlace.objects.get()
    booked.state, booked.booking = "booked", full_monday[1]
    booked.save()
    with pytest.raises(NotOnWaitingList):
        leave_waiting_list(place_id=join_again.pk)


def test_whose_quota_went_elsewhere_keeps_nobody_waiting(dentist, full_monday):
    spent, next_one = join(visitor(), dentist), join(visitor(), dentist)
    Entitlement.objects.filter(customer=spent.customer).update(used=1)
    cancel_booking(booking_id=full_monday[0].pk)
    assert serve_waiting_lists() == 1
    spent.refresh_from_db()
    next_one.refresh_from_db()
    assert (spent.state, spent.why_not, next_one.state) == ("passed", "quota_used_up", "booked")


def test_the_day_goes_by(dentist, full_monday, monday_morning):
    place = join(visitor(), dentist)
    monday_morning.move_to(at(MONDAY + timedelta(days=1), 1), tick=False)
    assert serve_waiting_lists() == 0
    place.refresh_from_db()
    assert place.state == "passed"


def test_served_twice_is_booked_once(dentist, full_monday):
    join(visitor(), dentist)
    cancel_booking(booking_id=full_monday[0].pk)
    serve_waiting_lists()
    serve_waiting_lists()
    assert Booking.objects.filter(state="booked").count() == 7


@pytest.fixture
def served_by_two(dentist, full_monday, monkeypatch):
    """Two wait and one place is free: a second worker comes while the first books for the first of them."""
    cancel_booking(booking_id=full_monday[0].pk)
    waiting = [
        WaitingPlace.objects.create(customer=member.customer, member=member, at=dentist, day=MONDAY)
        for member in (visitor(), visitor())
    ]
    really_book, begun, come = serving.book_visit, Event(), Event()

    def pause_once(**wanted):
        if not begun.is_set():
            begun.set()
            assert come.wait(20)
        return really_book(**wanted)

    monkeypatch.setattr(serving, "book_visit", pause_once)

    def states(serve):
        def work():
            serve()
            connection.close()

        first = Thread(target=work)
        first.start()
        assert begun.wait(20)
        serve()
        come.set()
        first.join(20)
        return [WaitingPlace.objects.get(pk=place.pk).state for place in waiting]

    return states


@pytest.mark.django_db(transaction=True)
def test_a_second_worker_serves_nobody_before_the_first_who_came(served_by_two):
    assert served_by_two(task) == ["booked", "waiting"]


@pytest.mark.django_db(transaction=True)
def test_control_two_at_once_would_serve_out_of_order(served_by_two):
    assert served_by_two(serve_waiting_lists) == ["waiting", "booked"]
