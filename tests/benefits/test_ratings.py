"""What members say of a site, shown to those who look for a place."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from benefits.models import Booking, Slot
from benefits.queries.ratings import Rated, ratings_of
from tests.benefits.network import MONDAY, NOW, make_offer
from tests.benefits.visitors import entitle, terms, visitor
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import verified
from tests.portal.test_member_api import App

pytestmark = pytest.mark.usefixtures("monday_morning")
SERVICE = "me/benefits/services/dental_cleaning"


@pytest.fixture
def alice(dentist):
    member = verified(MemberFactory(agrees=True, customer=CustomerFactory()))
    entitle(member, allowance=terms())
    return member


def browser(member, language="en"):
    client = Client(headers={"accept-language": language})
    client.force_login(member)
    return client


def rate(place, *stars, since=timedelta(days=100)):
    """Visits that took place so long ago, hour after hour; None for nothing said."""
    member = visitor(quota=len(stars), used=len(stars))
    entitlement, price = member.customer.entitlements.get(), place.site.provider.contracts.get().prices.get()
    for hour, rating in enumerate(stars):
        starts_at = NOW - since + timedelta(hours=hour)
        ends_at = starts_at + timedelta(hours=1)
        Booking.objects.create(
            customer=member.customer, member=member, entitlement=entitlement, contract_price=price, price=price.price,
            slot=Slot.objects.create(at=place, starts_at=starts_at, capacity=1), request_key=f"{starts_at}",
            starts_at=starts_at, ends_at=ends_at, ended_at=ends_at, state="completed", rating=rating,
            rated_at=ends_at if rating else None,
        )  # fmt: skip


def test_it_works(dentist):
    rate(dentist, 5, 5, 4, None, 4, 5)
    rate(other := make_offer(), 1, 1, 1, 1, 1)
    assert ratings_of([dentist.site_id]) == {dentist.site_id: Rated(4.6, 5)}
    assert ratings_of([dentist.site_id, other.site_id])[other.site_id] == Rated(1, 5)


@pytest.mark.parametrize(("stars", "since"), [([5] * 4, timedelta(days=100)), ([5] * 5, timedelta(days=367))])
def test_few_or_old_ones_are_not_shown(dentist, stars, since):
    rate(dentist, *stars, since=since)
    assert ratings_of([dentist.site_id]) == {}


def test_a_search_and_a_place_say_how_it_was_rated(dentist, alice):
    addresses = [
        reverse("benefit_booking", args=["dental_cleaning"]),
        reverse("booking-place", args=["dental_cleaning", dentist.pk]),
    ]
    english, chinese = browser(alice), browser(alice, "zh-hans")
    assert not any("ratings" in english.get(address).text for address in addresses)
    rate(dentist, 5, 5, 4, 4, 5)
    for address in addresses:
        assert "4.6 of 5 · 5 ratings" in english.get(address).text
        assert "4.6 分 · 5 条评价" in chinese.get(address).text


def test_the_app_is_told(dentist, alice):
    app = App(alice)
    (place,) = app("POST", f"{SERVICE}/places", day=str(MONDAY), city="上海市")["places"]
    assert (place["rating"], place["ratings"]) == (None, 0)
    rate(dentist, 5, 5, 5, 4, 4, 5)
    (place,) = app("POST", f"{SERVICE}/places", day=str(MONDAY), city="上海市")["places"]
    assert (place["rating"], place["ratings"]) == (4.7, 6)
