"""What staff see of bookings: the list, one with its history, and what members say of their visits."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from benefits.actions.end_case import finish_case
from benefits.actions.move_booking import move_booking
from benefits.actions.rate_case import rate_case
from benefits.actions.take_case import take_case
from benefits.models import Booking, SystemBooking
from benefits.queries.satisfaction import By, satisfaction
from members.roles import Role
from tests.benefits.desk_cast import ask, case_provider, patient, worker_at
from tests.benefits.network import MONDAY, at, make_contract, make_offer, make_provider, make_site
from tests.benefits.visitors import book, visitor
from tests.members.accounts import staff

pytestmark = pytest.mark.usefixtures("monday_morning")
INDEX = "visit_bookings:index"


@pytest.fixture
def agent(client):
    client.force_login(staff(Role.SERVICE_AGENT))
    with translation.override("en"):
        yield client


def page_of(client, booking):
    return client.get(reverse("visit_bookings:inspect", args=[booking.pk]), headers={"accept-language": "en"}).text


def listed(client, **asked):
    text = client.get(reverse(INDEX), asked, headers={"accept-language": "en"}).text
    return [booking.pk for booking in Booking.objects.order_by("pk") if f"B{booking.pk:08d}" in text]


def rated(place, *ratings, state="completed", month=2, hour=9):
    """Visits that took place, with what was said of them; None for nothing."""
    for number, rating in enumerate(ratings):
        booking = book(visitor(), place, starts_at=at(MONDAY + timedelta(days=number), hour))
        starts_at = at(MONDAY.replace(month=month, day=number + 1), 9)
        Booking.objects.filter(pk=booking.pk).update(
            state=state, rating=rating, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1),
            ended_at=timezone.now(), rated_at=timezone.now() if rating else None,
        )  # fmt: skip


def test_bookings_are_listed_and_filtered(agent, dentist):
    first = book(visitor(), dentist)
    provider = make_provider()
    make_contract(provider)
    other = book(visitor(), make_offer(make_site(provider)), starts_at=at(MONDAY + timedelta(days=1), 9))
    Booking.objects.filter(pk=other.pk).update(state="cancelled", ended_at=timezone.now())
    assert listed(agent) == [first.pk, other.pk]
    assert listed(agent, state="cancelled") == [other.pk]
    assert listed(agent, slot__at__site__provider=provider.pk) == [other.pk]
    assert listed(agent, starts_at_from=str(MONDAY), starts_at_to=str(MONDAY)) == [first.pk]
    assert listed(agent, entitlement__service=dentist.service_id) == [first.pk, other.pk]


def test_what_a_provider_does_not_confirm_waits_for_staff(agent, monday_morning, settings, dentist):
    settings.VISIT_SYSTEM = ""
    provider = make_provider(has_system=True)
    make_contract(provider)
    book(visitor(), dentist)
    booking = book(visitor(), make_offer(make_site(provider)))

    def waiting():
        return (
            "Bookings that a provider has not confirmed"
            in agent.get(reverse("wagtailadmin_home"), headers={"accept-language": "en"}).text
        )

    assert (waiting(), listed(agent, unconfirmed="on")) == (False, [])
    monday_morning.shift(timedelta(minutes=61))
    assert (waiting(), listed(agent, unconfirmed="on")) == (True, [booking.pk])
    Booking.objects.filter(pk=booking.pk).update(confirmed_at=timezone.now())
    assert (waiting(), listed(agent, unconfirmed="on")) == (False, [])


@pytest.mark.parametrize("wanted", ["B{number:08d}", "b{number:08d}", "{number}", "{customer_no}"])
def test_found_by_what_a_member_says(agent, dentist, wanted):
    book(visitor(), dentist, starts_at=at(MONDAY, 9))
    booking = book(visitor(), dentist)
    text = wanted.format(number=booking.pk, customer_no=booking.customer.customer_no)
    answer = agent.post(reverse(INDEX), {"wanted": text})
    assert f"={text}&" not in f"{answer.url}&"
    assert f"B{booking.pk:08d}" in agent.get(answer.url).text


def test_one_booking_says_what_became_of_it(agent, monday_morning, settings):
    settings.VISIT_SYSTEM = ""
    provider = make_provider(has_system=True)
    make_contract(provider)
    booking = book(visitor(), place := make_offer(make_site(provider)))
    monday_morning.shift(timedelta(minutes=1))
    move_booking(booking_id=booking.pk, site_service_id=place.pk, starts_at=at(MONDAY, 14))
    text = page_of(agent, booking)
    assert "moved; until then 2027-03-08 10:00" in text and "2027-03-08 14:00" in text
    assert str(SystemBooking.objects.get().reference) in text
    assert "has not confirmed it yet" in text
    assert booking.code not in text and (booking.member.mobile or "-") not in text


def test_satisfaction_by_service_provider_and_month(dentist):
    rated(dentist, 5, 4, 4, None)
    rated(dentist, None, state="no_show", hour=10)
    rated(other := make_offer(), 1, month=1)
    whole = {"since": at(MONDAY.replace(month=1, day=1), 0).date(), "until": MONDAY}
    with translation.override("en"):
        (service,) = satisfaction(By.SERVICE, **whole)
    assert (service.name, service.uses, service.counts) == ("Dental cleaning", 5, (1, 2, 0, 0, 1))
    assert (service.rated, service.average, service.share) == (4, 3.5, 0.8)
    by_provider = {each.name: each.average for each in satisfaction(By.PROVIDER, **whole)}
    assert by_provider == {
        dentist.site.provider.name_zh: pytest.approx(13 / 3),
        other.site.provider.name_zh: 1,
    }
    months = satisfaction(By.MONTH, **whole)
    assert [(each.name, each.uses) for each in months] == [("2027-01", 1), ("2027-02", 4)]
    assert satisfaction(By.MONTH, since=MONDAY, until=MONDAY) == []


def test_satisfaction_counts_cases_that_are_done(dentist, monday_morning):
    rated(dentist, 5)
    doctors = case_provider()
    lee, member = worker_at(doctors), patient()
    for rating in (3, 4, None):
        case = ask(member)
        take_case(case_id=case.pk, worker=lee)
        finish_case(case_id=case.pk, worker=lee)
        if rating:
            rate_case(case_id=case.pk, member=member, rating=rating)
    ask(member)
    whole = {"since": at(MONDAY.replace(month=1, day=1), 0).date(), "until": MONDAY}
    with translation.override("en"):
        found = [(each.name, each.uses, each.rated, each.average) for each in satisfaction(By.SERVICE, **whole)]
    assert found == [("Dental cleaning", 1, 1, 5), ("Telephone doctor", 3, 2, 3.5)]
    assert doctors.name_zh in [each.name for each in satisfaction(By.PROVIDER, **whole)]
    assert [(each.name, each.uses) for each in satisfaction(By.MONTH, **whole)] == [("2027-02", 1), ("2027-03", 3)]


def test_the_report_shows_a_picture_and_a_table(agent, dentist):
    rated(dentist, 5, 4)
    text = agent.get(reverse("visit_satisfaction:index"), headers={"accept-language": "en"}).text
    assert "<svg" in text and "Dental cleaning" in text and "4.50" in text
    wrong = {"since": "2027-02-01", "until": "2027-01-01"}
    answer = agent.get(reverse("visit_satisfaction:index"), wrong, headers={"accept-language": "en"})
    assert "The last day is before the first one." in answer.text


@pytest.mark.parametrize("asked", [{"by": "colour"}, {"since": "soon"}, {"until": ""}])
def test_a_report_of_nothing_says_what_is_wrong(agent, asked):
    assert agent.get(reverse("visit_satisfaction:index"), asked).status_code == 200
