"""How a booking ends: cancelled, moved, kept, missed, rated."""

from datetime import timedelta

import pytest
from django.db import connection

from benefits.actions.cancel_booking import cancel_booking
from benefits.actions.keep_visit import Ended, check_in, complete_visit, end_past_visits, miss_visit
from benefits.actions.move_booking import move_booking
from benefits.actions.rate_visit import rate_visit
from benefits.models import Booking, Entitlement, Slot
from benefits.refusals import (
    BookingCancelled,
    CodeUsed,
    NotBooked,
    NotedAsMissed,
    NotEntitled,
    NotToday,
    NotVisited,
    OwnVisit,
    SlotTaken,
    TooEarlyForNoShow,
    TooLateToCancel,
    TooLateToMove,
    UnknownCode,
)
from tests.benefits.network import MONDAY, at, make_offer, make_provider
from tests.benefits.visitors import book, family, terms, visitor
from tests.factories import MemberFactory

TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def booking(dentist):
    return book(visitor(), dentist)


def counts(booking):
    """held, used, places taken in its slot."""
    entitlement = Entitlement.objects.get(pk=booking.entitlement_id)
    return entitlement.held, entitlement.used, Slot.objects.get(pk=booking.slot_id).taken


def desk(booking):
    return booking.slot.at.site.provider


def go_to(monday_morning, moment):
    monday_morning.move_to(moment, tick=False)


# --- cancelled ----------------------------------------------------------------------------------------------------


def test_in_time_it_costs_nothing(booking):
    assert cancel_booking(booking_id=booking.pk).state == "cancelled"
    assert counts(booking) == (0, 0, 0)
    assert cancel_booking(booking_id=booking.pk).state == "cancelled"
    assert counts(booking) == (0, 0, 0)


def test_to_the_minute_24_hours_before_it_costs_nothing(booking, monday_morning):
    go_to(monday_morning, booking.starts_at - timedelta(hours=24))
    assert cancel_booking(booking_id=booking.pk).state == "cancelled"


def test_later_it_counts_as_used_and_the_place_is_free(booking, monday_morning):
    go_to(monday_morning, booking.starts_at - timedelta(hours=24) + timedelta(minutes=1))
    assert cancel_booking(booking_id=booking.pk).state == "cancelled_late"
    assert counts(booking) == (0, 1, 0)


def test_what_has_begun_is_not_cancelled(booking, monday_morning):
    go_to(monday_morning, booking.starts_at)
    with pytest.raises(TooLateToCancel):
        cancel_booking(booking_id=booking.pk)
    assert counts(booking) == (1, 0, 1)


def test_familys_share_is_free_again(dentist):
    allowance = terms(quota=2, family_quota=1, family_relations=["spouse"])
    member = visitor(quota=2, family_quota=1, allowance=allowance)
    booking = book(member, dentist, guest_id=family(member).pk)
    cancel_booking(booking_id=booking.pk)
    assert Entitlement.objects.get(pk=booking.entitlement_id).family_used == 0


def test_cancelled_it_can_be_booked_again(booking, dentist):
    cancel_booking(booking_id=booking.pk)
    assert book(booking.member, dentist).pk != booking.pk


# --- moved --------------------------------------------------------------------------------------------------------


def test_moved_it_keeps_its_code_and_frees_its_old_place(booking, dentist):
    old = booking.slot_id
    moved = move_booking(booking_id=booking.pk, site_service_id=dentist.pk, starts_at=at(TUESDAY, 14))
    assert (moved.starts_at, moved.ends_at, moved.code) == (at(TUESDAY, 14), at(TUESDAY, 15), booking.code)
    assert counts(moved) == (1, 0, 1)
    assert Slot.objects.get(pk=old).taken == 0


def test_moved_to_where_it_is_nothing_happens(booking, dentist):
    same = move_booking(booking_id=booking.pk, site_service_id=dentist.pk, starts_at=booking.starts_at)
    assert counts(same) == (1, 0, 1)


def test_where_there_is_no_place_it_stays_where_it_was(booking, dentist):
    book(visitor(), dentist, starts_at=at(TUESDAY, 14))
    with pytest.raises(SlotTaken):
        move_booking(booking_id=booking.pk, site_service_id=dentist.pk, starts_at=at(TUESDAY, 14))
    booking.refresh_from_db()
    assert booking.starts_at == at(MONDAY, 10)
    assert counts(booking) == (1, 0, 1)


def test_it_is_not_moved_out_of_its_year_or_to_another_service(booking, dentist):
    entitlement = booking.entitlement
    entitlement.ends_on = MONDAY
    entitlement.save()
    with pytest.raises(NotEntitled):
        move_booking(booking_id=booking.pk, site_service_id=dentist.pk, starts_at=at(TUESDAY, 14))


def test_too_late_it_is_not_moved(booking, dentist, monday_morning):
    go_to(monday_morning, booking.starts_at - timedelta(hours=23))
    with pytest.raises(TooLateToMove):
        move_booking(booking_id=booking.pk, site_service_id=dentist.pk, starts_at=at(TUESDAY, 14))


# --- kept ---------------------------------------------------------------------------------------------------------


def test_checked_in_by_code_and_served(booking, monday_morning):
    go_to(monday_morning, booking.starts_at - timedelta(minutes=10))
    written = f" {booking.code[:4].lower()}-{booking.code[4:].lower()} "
    assert check_in(code=written, provider=desk(booking)).state == "checked_in"
    assert counts(booking) == (1, 0, 1)
    assert complete_visit(booking_id=booking.pk).state == "completed"
    assert complete_visit(booking_id=booking.pk).state == "completed"
    assert counts(booking) == (0, 1, 1)


def test_nobody_at_the_desk_says_how_their_own_visit_went(booking, monday_morning):
    clerk = booking.member
    go_to(monday_morning, booking.starts_at + timedelta(minutes=20))
    with pytest.raises(OwnVisit):
        check_in(code=booking.code, provider=desk(booking), by=clerk)
    with pytest.raises(OwnVisit):
        miss_visit(booking_id=booking.pk, by=clerk)
    assert counts(booking) == (1, 0, 1)
    colleague = MemberFactory()
    check_in(code=booking.code, provider=desk(booking), by=colleague)
    with pytest.raises(OwnVisit):
        complete_visit(booking_id=booking.pk, by=clerk)
    assert complete_visit(booking_id=booking.pk, by=colleague).state == "completed"


def test_a_code_is_used_once(booking, monday_morning):
    go_to(monday_morning, booking.starts_at)
    check_in(code=booking.code, provider=desk(booking))
    with pytest.raises(CodeUsed):
        check_in(code=booking.code, provider=desk(booking))


def test_a_code_of_another_provider_is_unknown(booking, monday_morning):
    go_to(monday_morning, booking.starts_at)
    for code in (booking.code, "NOSUCH22", ""):
        with pytest.raises(UnknownCode):
            check_in(code=code, provider=make_provider())
    assert counts(booking) == (1, 0, 1)


def test_a_code_is_for_its_day(booking):
    with pytest.raises(NotToday) as caught:
        check_in(code=booking.code, provider=desk(booking))
    assert caught.value.day == MONDAY


def test_a_cancelled_booking_is_not_checked_in(booking):
    cancel_booking(booking_id=booking.pk)
    with pytest.raises(BookingCancelled):
        check_in(code=booking.code, provider=desk(booking))


def test_who_was_not_checked_in_was_not_served(booking):
    with pytest.raises(NotBooked):
        complete_visit(booking_id=booking.pk)


def test_who_does_not_come_has_used_it(booking, monday_morning):
    go_to(monday_morning, booking.starts_at + timedelta(minutes=14, seconds=59))
    with pytest.raises(TooEarlyForNoShow) as caught:
        miss_visit(booking_id=booking.pk)
    assert caught.value.from_at == booking.starts_at + timedelta(minutes=15)
    go_to(monday_morning, caught.value.from_at)
    assert miss_visit(booking_id=booking.pk).state == "no_show"
    assert miss_visit(booking_id=booking.pk).state == "no_show"
    assert counts(booking) == (0, 1, 1)


def test_who_comes_after_that_reads_what_was_noted(booking, monday_morning):
    go_to(monday_morning, noted_at := booking.starts_at + timedelta(minutes=15))
    miss_visit(booking_id=booking.pk)
    go_to(monday_morning, noted_at + timedelta(minutes=4))
    with pytest.raises(NotedAsMissed) as caught:
        check_in(code=booking.code, provider=desk(booking))
    assert caught.value.at == noted_at


def test_what_no_desk_ended_ends_at_night(dentist, monday_morning):
    came, missed, coming = (
        book(visitor(), dentist, starts_at=at(MONDAY, 9)),
        book(visitor(), dentist, starts_at=at(MONDAY, 10)),
        book(visitor(), dentist, starts_at=at(TUESDAY, 16)),
    )
    go_to(monday_morning, came.starts_at)
    check_in(code=came.code, provider=desk(came))
    go_to(monday_morning, at(TUESDAY, 1))
    assert end_past_visits() == Ended(served=1, called_off=0, missed=1)
    assert end_past_visits() == Ended(served=0, called_off=0, missed=0)
    states = dict(Booking.objects.values_list("pk", "state"))
    assert (states[came.pk], states[missed.pk], states[coming.pk]) == ("completed", "no_show", "booked")


# --- rated --------------------------------------------------------------------------------------------------------


def test_a_visit_is_rated_once(booking, monday_morning):
    with pytest.raises(NotVisited):
        rate_visit(booking_id=booking.pk, rating=5)
    go_to(monday_morning, booking.starts_at)
    check_in(code=booking.code, provider=desk(booking))
    complete_visit(booking_id=booking.pk)
    assert rate_visit(booking_id=booking.pk, rating=4, words=" 很好 ").rating_words == "很好"
    assert rate_visit(booking_id=booking.pk, rating=4, words="很好").rating == 4
    with connection.cursor() as cursor:
        cursor.execute("SELECT rating_words FROM benefits_booking")
        assert "很好".encode() not in bytes(cursor.fetchone()[0])
    with pytest.raises(NotVisited):
        rate_visit(booking_id=booking.pk, rating=1)


@pytest.mark.parametrize(("rating", "words"), [(0, ""), (6, ""), (5, "好" * 501)])
def test_a_rating_has_five_steps(booking, rating, words):
    with pytest.raises(ValueError, match="rating"):
        rate_visit(booking_id=booking.pk, rating=rating, words=words)


def test_another_places_offer_can_be_moved_to(booking):
    elsewhere = make_offer()
    moved = move_booking(booking_id=booking.pk, site_service_id=elsewhere.pk, starts_at=at(MONDAY, 15))
    assert moved.slot.at == elsewhere


def test_given_back_after_a_fall_it_is_no_more_than_the_terms_now_give(monday_morning):
    gold = terms(quota=1, family_quota=0)
    member = visitor(quota=3, family_quota=2, allowance=terms(quota=3, gap_days=0))
    roomy = make_offer(capacity=5)
    booked = [book(member, roomy, starts_at=at(MONDAY, hour)) for hour in (9, 10, 11)]
    Entitlement.objects.update(allowance=gold)
    for booking, left in zip(booked, (2, 1, 1), strict=True):
        cancel_booking(booking_id=booking.pk)
        entitlement = Entitlement.objects.get()
        assert (entitlement.quota, entitlement.family_quota) == (left, 0)
    assert entitlement.left == 1
