"""What members hear about their bookings, and what a visit earns."""

from datetime import timedelta

import pytest

from benefits.actions.cancel_booking import cancel_booking
from benefits.actions.keep_visit import check_in, complete_visit, end_past_visits, miss_visit
from benefits.actions.move_booking import move_booking
from benefits.actions.rate_visit import rate_visit
from benefits.actions.wait_for_place import join_waiting_list
from benefits.models import BlackoutDay, Booking, Provider
from benefits.tasks import remind_of_visits, serve_waiting_lists
from notifications.actions.tell_heard import tell_heard
from notifications.models import Message, PlatformEvent
from points.models import RulePayment
from tests.benefits.network import MONDAY, at
from tests.benefits.visitors import book, terms, visitor
from tests.points.earning import load

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(dentist):
    return visitor(quota=3, allowance=terms(quota=3, gap_days=0))


def told(member) -> list[str]:
    tell_heard()
    return list(PlatformEvent.objects.filter(member=member).order_by("pk").values_list("code", flat=True))


def last(member) -> dict[str, object]:
    tell_heard()
    return PlatformEvent.objects.filter(member=member).order_by("pk").last().data


def test_a_booking_is_confirmed_at_once(member, dentist):
    booking = book(member, dentist)
    assert told(member) == ["benefit.booking_confirmed"]
    site = dentist.site
    assert last(member) == {
        "customer_name": member.name,
        "benefit_name": "洁牙服务",
        "provider_name": site.name_zh,
        "visit_time": "2027-03-08T10:00:00+08:00",
        "outlet_address": f"上海市黄浦区{site.address}",
        "booking_no": f"B{booking.pk:08d}",
    }
    body = Message.objects.filter(member=member).first().body
    assert "3月8日10:00" in body and booking.code not in body


def test_asked_for_twice_it_is_told_once(member, dentist):
    book(member, dentist, key="tap")
    book(member, dentist, key="tap")
    assert told(member) == ["benefit.booking_confirmed"]


def test_moved_there_and_back_it_is_told_each_time(member, dentist, clock):
    booking = book(member, dentist)
    tell_heard()
    for hour in (14, 10):
        clock.shift(timedelta(minutes=1))
        move_booking(booking_id=booking.pk, site_service_id=dentist.pk, starts_at=at(MONDAY, hour))
        move_booking(booking_id=booking.pk, site_service_id=dentist.pk, starts_at=at(MONDAY, hour))
        assert last(member)["visit_time"] == f"2027-03-08T{hour}:00:00+08:00"
    assert told(member) == ["benefit.booking_confirmed"] * 3


def test_the_providers_own_system_has_to_take_it_first(member, dentist):
    Provider.objects.update(has_system=True)
    book(member, dentist)
    assert told(member) == []


def test_reminded_the_day_before_and_once(member, dentist, clock):
    book(member, dentist)
    clock.move_to(at(MONDAY - timedelta(days=1), 10), tick=False)
    remind_of_visits()
    remind_of_visits()
    assert told(member) == ["benefit.booking_confirmed", "benefit.booking_reminder"]


def test_nobody_is_reminded_of_what_the_provider_has_not_confirmed(member, dentist, clock):
    Provider.objects.update(has_system=True)
    booking = book(member, dentist)
    clock.move_to(at(MONDAY - timedelta(days=1), 10), tick=False)
    remind_of_visits()
    assert told(member) == [] and not Booking.objects.get().reminded_at
    Booking.objects.update(confirmed_at=at(MONDAY - timedelta(days=1), 11))
    remind_of_visits()
    # Moved, it is to be confirmed anew.
    Booking.objects.filter(pk=booking.pk).update(confirmed_at=None)
    assert told(member) == []
    Booking.objects.update(confirmed_at=at(MONDAY - timedelta(days=1), 11), reminded_at=None)
    clock.shift(timedelta(minutes=1))
    remind_of_visits()
    assert told(member) == ["benefit.booking_reminder"]


def test_cancelled_twice_it_is_told_once(member, dentist):
    booking = book(member, dentist)
    tell_heard()
    cancel_booking(booking_id=booking.pk)
    cancel_booking(booking_id=booking.pk)
    assert told(member) == ["benefit.booking_confirmed", "benefit.booking_cancelled"]


def test_cancelled_before_it_is_told_it_is_not_called_booked(member, dentist):
    cancel_booking(booking_id=book(member, dentist).pk)
    assert told(member) == ["benefit.booking_cancelled"]


def test_nobody_is_reminded_of_what_was_called_off_or_moved_since(member, dentist, clock):
    first, second = (book(member, dentist, starts_at=at(MONDAY, hour)) for hour in (10, 11))
    tell_heard()
    clock.move_to(at(MONDAY - timedelta(days=1), 9), tick=False)
    remind_of_visits()
    Booking.objects.filter(pk=first.pk).update(state="cancelled", ended_at=at(MONDAY, 9))
    tuesday = MONDAY + timedelta(days=1)
    Booking.objects.filter(pk=second.pk).update(starts_at=at(tuesday, 10), ends_at=at(tuesday, 11))
    assert told(member) == ["benefit.booking_confirmed"] * 2


def test_nobody_is_reminded_of_a_day_that_is_closed(member, dentist, clock):
    book(member, dentist)
    BlackoutDay.objects.create(site=dentist.site, day=MONDAY)
    clock.move_to(at(MONDAY - timedelta(days=1), 10), tick=False)
    remind_of_visits()
    assert told(member) == ["benefit.booking_confirmed"]


def test_nobody_came(member, dentist, clock):
    booking = book(member, dentist)
    tell_heard()
    clock.move_to(at(MONDAY, 11), tick=False)
    miss_visit(booking_id=booking.pk)
    end_past_visits()
    assert told(member) == ["benefit.booking_confirmed", "benefit.no_show"]


def test_the_waiting_lists_booking_is_told(dentist, django_capture_on_commit_callbacks):
    booked = [book(visitor(), dentist, starts_at=at(MONDAY, hour)) for hour in (9, 10, 11, 13, 14, 15, 16)]
    waits = visitor()
    join_waiting_list(member=waits, site_service_id=dentist.pk, day=MONDAY)
    assert told(waits) == []
    with django_capture_on_commit_callbacks(execute=True):
        cancel_booking(booking_id=booked[2].pk)  # which nudges
    assert told(waits) == ["benefit.booking_confirmed"]
    assert last(waits)["visit_time"] == "2027-03-08T11:00:00+08:00"
    serve_waiting_lists()
    assert len(told(waits)) == 1


def test_what_is_told_is_in_the_members_language(member, dentist):
    member.language = "en"
    member.save(update_fields=["language"])
    book(member, dentist)
    assert last(member)["benefit_name"] == "Dental cleaning"


def test_a_rating_earns_once(member, dentist, clock):
    load()
    booking = book(member, dentist)
    clock.move_to(at(MONDAY, 10), tick=False)
    check_in(code=booking.code, provider=dentist.site.provider)
    complete_visit(booking_id=booking.pk)
    assert not RulePayment.objects.filter(member=member).exists()  # the visit itself earns nothing by the catalogue
    for _ in range(2):
        rate_visit(booking_id=booking.pk, rating=5)
    paid = RulePayment.objects.get(member=member)
    assert (paid.rule.code, paid.points) == ("feedback.benefit", 20)


def test_a_late_rating_earns_nothing(member, dentist, clock):
    load()
    booking = book(member, dentist)
    clock.move_to(at(MONDAY, 10), tick=False)
    check_in(code=booking.code, provider=dentist.site.provider)
    complete_visit(booking_id=booking.pk)
    clock.shift(timedelta(days=15))
    rate_visit(booking_id=booking.pk, rating=5)
    assert not RulePayment.objects.filter(member=member).exists()
    assert Booking.objects.get().rating == 5
