"""A visit that the provider or the insurer calls off costs the guest nothing."""

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.urls import reverse
from wagtail.models import ModelLogEntry

from benefits import events
from benefits.actions.call_off_visit import call_off_visit
from benefits.actions.cancel_booking import cancel_booking
from benefits.actions.close_day import BookingsStand, close_day
from benefits.actions.keep_visit import Ended, check_in, end_past_visits, miss_visit
from benefits.actions.remind_of_visits import due
from benefits.actions.take_place import lock_place
from benefits.models import BlackoutDay, Booking, SystemBooking
from benefits.refusals import NotBooked, OwnVisit
from members.roles import Role
from tests.benefits.desk_cast import facts_of, manager, worker_at
from tests.benefits.network import MONDAY, at, make_contract, make_offer, make_provider, make_site
from tests.benefits.test_ending_bookings import counts
from tests.benefits.visitors import book, family, terms, visitor
from tests.locks import waiting_for_locks
from tests.members.accounts import staff

pytestmark = pytest.mark.usefixtures("monday_morning")


@pytest.fixture
def booking(dentist):
    return book(visitor(), dentist)


@pytest.fixture
def declined():
    heard = []
    listener = facts_of(events.visit_declined, heard)
    yield heard
    events.visit_declined.disconnect(listener)


def off(booking, by=None, because="医生病假"):
    return call_off_visit(booking_id=booking.pk, by=by or manager(), because=because)


@pytest.mark.parametrize("hours", [-30, -1, 0, 6])
def test_it_costs_nothing_whatever_the_hour(booking, monday_morning, declined, hours):
    monday_morning.move_to(booking.starts_at + timedelta(hours=hours), tick=False)
    assert off(booking).state == "cancelled"
    assert off(booking).state == "cancelled"
    assert counts(booking) == (0, 0, 0)
    assert declined == [events.VisitDeclined(booking.pk, booking.customer_id)]


def test_a_guest_who_has_come_in_vain_has_used_nothing(booking, monday_morning):
    monday_morning.move_to(booking.starts_at, tick=False)
    check_in(code=booking.code, provider=booking.slot.at.site.provider)
    assert off(booking).state == "cancelled"
    assert counts(booking) == (0, 0, 0)


def test_familys_share_is_free_again(dentist):
    member = visitor(quota=2, family_quota=1, allowance=terms(quota=2, family_quota=1, family_relations=["spouse"]))
    booking = off(book(member, dentist, guest_id=family(member).pk))
    booking.entitlement.refresh_from_db()
    assert booking.entitlement.family_used == 0


def test_who_calls_it_off_and_why_is_on_record(booking):
    agent = staff(Role.SERVICE_AGENT)
    off(booking, by=agent, because=" 停电 ")
    entry = ModelLogEntry.objects.get(action="benefits.call_off_visit")
    assert (entry.object_id, entry.user, entry.data) == (str(booking.pk), agent, {"because": "停电"})


def test_a_desk_calls_off_its_own_visits_alone(booking):
    for stranger in (worker_at(make_provider()).member, booking.member, staff(Role.ANALYST)):
        with pytest.raises(PermissionDenied):
            off(booking, by=stranger)
    assert counts(booking) == (1, 0, 1)
    assert off(booking, by=worker_at(booking.slot.at.site.provider).member).state == "cancelled"


def test_nobody_calls_off_their_own_visit_and_is_told_so(booking, client):
    clerk = booking.member
    clerk.is_staff = clerk.is_superuser = True
    clerk.save()
    with pytest.raises(OwnVisit):
        off(booking, by=clerk)
    client.force_login(clerk)
    page = reverse("visit_bookings:call-off", args=[booking.pk])
    answer = client.post(page, {"because": "医生病假"}, follow=True, headers={"accept-language": "en"})
    assert answer.status_code == 200 and "Ask a colleague" in answer.text
    assert counts(booking) == (1, 0, 1)


def test_what_has_counted_stays_as_it_is(booking, monday_morning):
    monday_morning.move_to(booking.starts_at + timedelta(hours=1), tick=False)
    miss_visit(booking_id=booking.pk)
    with pytest.raises(NotBooked):
        off(booking)
    assert counts(booking) == (0, 1, 1)


def test_what_the_member_has_called_off_stays_as_it_is(booking, declined):
    cancel_booking(booking_id=booking.pk)
    assert off(booking).state == "cancelled"
    assert (counts(booking), declined) == ((0, 0, 0), [])


@pytest.mark.parametrize("because", ["", "  ", "好" * 501])
def test_a_reason_is_given(booking, because):
    with pytest.raises(ValueError, match="reason"):
        off(booking, because=because)


def test_the_providers_own_system_hears_of_it():
    provider = make_provider(has_system=True)
    make_contract(provider)
    booking = book(visitor(), make_offer(make_site(provider)))
    off(booking)
    assert SystemBooking.objects.get().version == 2


# --- a day is closed ----------------------------------------------------------------------------------------------


def test_a_closed_days_guests_are_called_off(dentist, declined):
    there, before = book(visitor(), dentist), book(visitor(), dentist, starts_at=at(MONDAY - timedelta(days=2), 10))
    elsewhere = book(visitor(), make_offer())
    with pytest.raises(BookingsStand) as caught:
        close_day(site=dentist.site, day=MONDAY, by=manager())
    assert caught.value.count == 1
    assert not BlackoutDay.objects.exists()
    close_day(site=dentist.site, day=MONDAY, by=manager(), reason="装修", call_off=True)
    assert [fact.booking_id for fact in declined] == [there.pk]
    assert counts(there) == (0, 0, 0)
    assert ModelLogEntry.objects.get(action="benefits.call_off_visit").data == {"because": "装修"}
    assert {Booking.objects.get(pk=each.pk).state for each in (before, elsewhere)} == {"booked"}


def test_guests_who_have_come_are_not_sent_away(booking, dentist, monday_morning):
    monday_morning.move_to(booking.starts_at, tick=False)
    check_in(code=booking.code, provider=dentist.site.provider)
    close_day(site=dentist.site, day=MONDAY, by=manager())
    booking.refresh_from_db()
    assert booking.state == "checked_in"


def test_nobody_has_missed_a_visit_at_a_closed_site(booking, dentist, monday_morning, declined):
    BlackoutDay.objects.create(site=dentist.site, day=MONDAY)
    missed = book(visitor(), make_offer())
    monday_morning.move_to(at(MONDAY + timedelta(days=1), 1, 30), tick=False)
    assert end_past_visits() == Ended(served=0, called_off=1, missed=1)
    assert end_past_visits() == Ended(served=0, called_off=0, missed=0)
    assert (counts(booking), counts(missed)) == ((0, 0, 0), (0, 1, 1))
    assert [fact.booking_id for fact in declined] == [booking.pk]


@pytest.mark.parametrize(("language", "why"), [("en", "the site is closed"), ("zh-hans", "网点停业")])
def test_where_nobody_has_said_why_staff_read_it_in_their_language(client, booking, dentist, language, why):
    close_day(site=dentist.site, day=MONDAY, by=manager(), call_off=True)
    client.force_login(staff(Role.SERVICE_AGENT))
    page = client.get(reverse("visit_bookings:inspect", args=[booking.pk]), headers={"accept-language": language})
    assert why in page.text


@pytest.mark.parametrize("what", ["site", "provider"])
@pytest.mark.parametrize("days", [-2, 1])
def test_a_site_that_closes_for_good_expects_nobody(booking, dentist, monday_morning, declined, what, days):
    """Told in the night, and not reminded of it before."""
    elsewhere = book(visitor(), make_offer())
    closed = dentist.site if what == "site" else dentist.site.provider
    type(closed).objects.filter(pk=closed.pk).update(is_active=False)
    monday_morning.move_to(at(MONDAY - timedelta(days=1), 9), tick=False)
    assert list(due()) == [elsewhere]
    monday_morning.move_to(at(MONDAY + timedelta(days=days), 1, 30), tick=False)
    assert end_past_visits() == Ended(served=0, called_off=1, missed=days > 0)
    assert counts(booking) == (0, 0, 0)
    assert [fact.booking_id for fact in declined] == [booking.pk]


@pytest.mark.django_db(transaction=True)
def test_closing_waits_for_who_is_booking(dentist):
    """Without the lock the day would be closed, and the booking stand, told to nobody."""
    boss, answers = manager(), []
    member = visitor()

    def close():
        try:
            close_day(site=dentist.site, day=MONDAY, by=boss)
            answers.append("closed")
        except BookingsStand as refusal:
            answers.append(refusal.count)
        finally:
            connection.close()

    with transaction.atomic():
        lock_place(dentist.pk)
        closing = threading.Thread(target=close)
        closing.start()
        while closing.is_alive() and not waiting_for_locks():
            pass
        book(member, dentist)
    closing.join(30)
    assert answers == [1]


# --- on the staff's pages -----------------------------------------------------------------------------------------


def test_staff_call_it_off_on_its_page(client, booking):
    client.force_login(staff(Role.SERVICE_AGENT))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    page = reverse("visit_bookings:inspect", args=[booking.pk])
    assert "Call the visit off" in client.get(page).text
    address = reverse("visit_bookings:call-off", args=[booking.pk])
    assert "This field is required" in client.post(address, {"because": ""}).text
    assert "Nothing was used" in client.post(address, {"because": "停电"}, follow=True).text
    text = client.get(page).text
    assert "停电" in text and 'name="because"' not in text
    assert counts(booking) == (0, 0, 0)


def test_who_may_only_look_finds_no_button(client, booking):
    client.force_login(staff(Role.ANALYST))
    page = reverse("visit_bookings:inspect", args=[booking.pk])
    assert 'name="because"' not in client.get(page).text
