"""Whoever waits for a day that is full gets what becomes free, in the order in which they came."""

from datetime import timedelta

import pytest

from benefits.actions.cancel_booking import cancel_booking
from benefits.actions.wait_for_place import join_waiting_list, leave_waiting_list, serve_waiting_lists
from benefits.models import Booking, Entitlement, WaitingPlace
from benefits.refusals import NotEntitled, NotOnWaitingList, PastDate, PlacesAreFree
from tests.benefits.network import MONDAY, NOW, at
from tests.benefits.visitors import book, visitor
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
