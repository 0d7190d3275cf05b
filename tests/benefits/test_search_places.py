"""Which sites a member is shown for a service and a day, and in which order."""

from datetime import date, time, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from benefits.models import BlackoutDay, OpeningHours, Service, Site, SiteService, Slot
from benefits.queries.places import FreeSlot, free_days, free_slots, next_free_slots, search_places
from tests.benefits.network import (
    MONDAY,
    NOW,
    PEOPLES_SQUARE,
    at,
    make_contract,
    make_offer,
    make_provider,
    make_site,
)

pytestmark = pytest.mark.usefixtures("monday_morning")


def search(day: date = MONDAY, **asked: object):
    return search_places(**{"service_code": "dental_cleaning", "day": day} | asked)


def found(day: date = MONDAY, **asked: object):
    return [place.site_service_id for place in search(day, **asked)]


def test_it_works(dentist):
    (place,) = search(city="上海市", near=PEOPLES_SQUARE)
    site = dentist.site
    assert (place.site_id, place.site_no, place.name, place.provider_id) == (
        *(site.pk, site.site_no, site.name_zh),
        site.provider_id,
    )
    assert (place.city, place.district, place.address, place.phone) == ("上海市", "黄浦区", site.address, site.phone)
    assert (place.distance_km, place.free_slots, place.first_at) == (0, 7, at(MONDAY, 9))


def north_of_it(km: float) -> tuple[float, float]:
    return PEOPLES_SQUARE[0] + km / 111.195, PEOPLES_SQUARE[1]


def test_the_nearest_come_first(dentist):
    far, near = (make_offer(make_site(where=north_of_it(km))) for km in (9, 2))
    places = search(near=PEOPLES_SQUARE)
    assert [place.site_service_id for place in places] == [dentist.pk, near.pk, far.pk]
    assert [round(place.distance_km, 2) for place in places] == [0, 2, 9]
    assert found(near=PEOPLES_SQUARE, limit=2) == [dentist.pk, near.pk]
    assert found(near=PEOPLES_SQUARE, limit=2, offset=2) == [far.pk]


def test_the_distance_is_that_on_the_globe(dentist):
    """Shanghai's People's Square to Beijing's Tian'anmen: 1,068 km."""
    (place,) = search(city="上海市", near=(39.9055, 116.3976))
    assert place.distance_km == pytest.approx(1068, abs=2)


def test_without_a_city_what_is_too_far_is_left_out(dentist):
    diagonal = make_offer(make_site(where=(PEOPLES_SQUARE[0] + 0.4, PEOPLES_SQUARE[1] + 0.45)))  # in the box, 62 km
    assert found(near=PEOPLES_SQUARE) == [dentist.pk]
    assert found(near=PEOPLES_SQUARE, city="上海市") == [dentist.pk, diagonal.pk]


def test_without_a_position_they_come_by_city_and_name(dentist):
    Site.objects.filter(pk=dentist.site_id).update(name_zh="乙")
    other, away = make_offer(make_site(name_zh="甲")), make_offer(make_site(name_zh="丙", city="上饶市"))
    ordered = list(Site.objects.order_by("city", "name_zh").values_list("services", flat=True))
    assert found() == ordered and set(ordered) == {dentist.pk, other.pk, away.pk}
    assert set(found(city="上海市")) == {dentist.pk, other.pk}
    assert {place.distance_km for place in search()} == {None}


def test_the_name_is_in_the_readers_language(dentist):
    Site.objects.update(name_en="Shenyue Dental")
    (place,) = search()
    with translation.override("en"):
        assert place.name == "Shenyue Dental"
    with translation.override("zh-hans"):
        assert place.name == dentist.site.name_zh


def not_offered(offer):
    SiteService.objects.update(is_offered=False)


def site_closed(offer):
    Site.objects.update(is_active=False)


def provider_ended(offer):
    offer.site.provider.is_active = False
    offer.site.provider.save()


def no_contract_that_day(offer):
    offer.site.provider.contracts.update(ends_on=MONDAY - timedelta(1))


def no_price(offer):
    offer.site.provider.contracts.get().prices.all().delete()


def closed_that_weekday(offer):
    OpeningHours.objects.filter(weekday=0).delete()


def blacked_out(offer):
    BlackoutDay.objects.create(site=offer.site, day=MONDAY)


def full(offer):
    for hour in (9, 10, 11, 13, 14, 15, 16):
        Slot.objects.create(at=offer, starts_at=at(MONDAY, hour), capacity=1, taken=1)


def open_too_shortly(offer):
    SiteService.objects.update(slot_minutes=300)


def no_room_at_all(offer):
    SiteService.objects.update(capacity=0)


@pytest.mark.parametrize(
    "change",
    [
        *(not_offered, site_closed, provider_ended, no_contract_that_day, no_price, closed_that_weekday, blacked_out),
        *(full, open_too_shortly, no_room_at_all),
    ],
)
def test_what_takes_nobody_is_not_shown(dentist, change):
    assert (found(), len(free_slots(dentist.pk, MONDAY, NOW))) == ([dentist.pk], 7)
    change(dentist)
    assert (found(), free_slots(dentist.pk, MONDAY, NOW)) == ([], [])


def test_another_service_at_the_same_place_is_not_meant(dentist):
    checkup = Service.objects.create(
        code="health_checkup", name_zh="体检", name_en="Check-up", category="health", mode="slot", unit="package",
        partner_kind="checkup_centre", lead_time="P5D",
    )  # fmt: skip
    make_offer(dentist.site, service=checkup)
    assert found() == [dentist.pk]
    assert search(service_code="health_checkup") == []  # the contract has no price for it
    with pytest.raises(Service.DoesNotExist):
        search(service_code="hairdressing")


def test_the_free_days_are_those_on_which_something_is_found(dentist):
    """Each with a reason of its own, in the city and near by."""
    first, last = date(2027, 3, 2), date(2027, 6, 10)
    BlackoutDay.objects.create(site=dentist.site, day=MONDAY)
    dentist.site.provider.contracts.update(ends_on=date(2027, 5, 20))
    for hour in (9, 10, 11, 13, 14, 15, 16):
        Slot.objects.create(at=dentist, starts_at=at(MONDAY + timedelta(1), hour), capacity=1, taken=1)
    far = make_offer(make_site(where=north_of_it(60)))
    OpeningHours.objects.filter(site=far.site).exclude(weekday=0).delete()
    make_offer(make_site(city="北京市", where=north_of_it(1000)))
    days = [first + timedelta(number) for number in range((last - first).days + 1)]
    expected = {}
    for name, where in {
        "city": {"city": "上海市"},
        "near": {"near": PEOPLES_SQUARE},
        "both": {"city": "上海市", "near": PEOPLES_SQUARE},
        "nothing": {"city": "广州市"},
        "anywhere": {},
    }.items():
        expected[name] = [day for day in days if found(day, **where)]
        assert free_days(service_code="dental_cleaning", first=first, last=last, **where) == expected[name]
    assert MONDAY in expected["city"] and MONDAY not in expected["near"] and expected["both"] == expected["city"]
    assert MONDAY + timedelta(1) not in expected["city"] and MONDAY + timedelta(1) in expected["anywhere"]
    assert (expected["near"][0], expected["near"][-1]) == (date(2027, 3, 4), date(2027, 5, 20))
    assert (expected["anywhere"][-1], expected["nothing"]) == (date(2027, 5, 29), [])  # the horizon is a Sunday
    with pytest.raises(ValueError):
        free_days(service_code="dental_cleaning", first=first, last=last, near=(121.47, 31.23))


def test_at_least_so_many_slots(dentist):
    assert (found(at_least=7), found(at_least=8)) == ([dentist.pk], [])


def test_a_position_is_on_earth(dentist):
    with pytest.raises(ValueError):
        search(near=(121.47, 31.23))


def test_the_pole_is_a_position(dentist):
    assert search(near=(90.0, 0.0)) == []


def test_lead_time_and_horizon(dentist):
    thursday = date(2027, 3, 4)
    assert (found(thursday - timedelta(1)), found(thursday)) == ([], [dentist.pk])
    # Three days from Monday at 8 are over on Thursday at 8.
    assert len(free_slots(dentist.pk, thursday, NOW)) == 7
    assert [slot.starts_at for slot in free_slots(dentist.pk, thursday, at(thursday, 14, 30))] == [
        *(at(thursday, 15), at(thursday, 16)),
    ]
    last = date(2027, 5, 30)  # 90 days, a Sunday
    OpeningHours.objects.create(site=dentist.site, weekday=6, opens=time(9), closes=time(10))
    assert (found(last), found(last + timedelta(1)), found(NOW.date() - timedelta(1))) == ([dentist.pk], [], [])
    assert (len(free_slots(dentist.pk, last, NOW)), free_slots(dentist.pk, last + timedelta(1), NOW)) == (1, [])


def test_the_slots_of_a_day(dentist):
    SiteService.objects.update(capacity=3, slot_minutes=90)
    Slot.objects.create(at=dentist, starts_at=at(MONDAY, 9), capacity=3, taken=1)
    Slot.objects.create(at=dentist, starts_at=at(MONDAY, 13), capacity=1, taken=1)
    Slot.objects.create(at=dentist, starts_at=at(MONDAY, 14, 30), capacity=5, taken=1)
    assert free_slots(dentist.pk, MONDAY, NOW) == [
        FreeSlot(at(MONDAY, 9), at(MONDAY, 10, 30), 2),
        FreeSlot(at(MONDAY, 10, 30), at(MONDAY, 12), 3),
        FreeSlot(at(MONDAY, 14, 30), at(MONDAY, 16), 4),  # and nothing that would end after 17:00
    ]


def test_the_next_ones_go_over_closed_days(dentist):
    saturday = date(2027, 3, 6)
    BlackoutDay.objects.create(site=dentist.site, day=MONDAY)
    starts = [slot.starts_at for slot in next_free_slots(dentist.pk, at(saturday, 15), 3)]
    assert starts == [at(saturday, 15), at(saturday, 16), at(MONDAY + timedelta(1), 9)]
    with pytest.raises(SiteService.DoesNotExist):
        next_free_slots(0, NOW, 5)


def test_hours_of_a_day_do_not_overlap(dentist):
    with pytest.raises(IntegrityError, match="benefits_hours_apart"), transaction.atomic():
        OpeningHours.objects.create(site=dentist.site, weekday=0, opens=time(16, 30), closes=time(20))
    OpeningHours.objects.create(site=dentist.site, weekday=0, opens=time(17), closes=time(20))
    assert len(free_slots(dentist.pk, MONDAY, NOW)) == 10


def test_a_contract_that_follows_another_counts(dentist):
    provider = make_provider()
    make_contract(provider, ends_on=MONDAY)
    make_contract(provider, starts_on=MONDAY + timedelta(1), ends_on=MONDAY + timedelta(1))
    offer = make_offer(make_site(provider))
    days = [slot.starts_at.date() for slot in next_free_slots(offer.pk, at(MONDAY, 16), 20)]
    assert (days.count(MONDAY), days.count(MONDAY + timedelta(1)), len(days)) == (1, 7, 8)
