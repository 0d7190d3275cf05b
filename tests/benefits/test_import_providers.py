"""`manage.py import_providers` from files to the network."""

from datetime import date, time
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone, translation

from benefits.models import (
    BlackoutDay,
    Contract,
    ContractPrice,
    OpeningHours,
    Provider,
    Service,
    Site,
    SiteService,
    Slot,
    SystemBooking,
)
from benefits.network.sheets import SHEETS
from benefits.queries.bookings import booking_of
from benefits.queries.places import search_places
from members.actions import import_sheet as importing
from members.catalogue import rows
from tests.benefits.deliveries import DEFAULTS, Delivery
from tests.benefits.network import MONDAY, at, dental_cleaning
from tests.benefits.visitors import book, visitor

pytestmark = pytest.mark.usefixtures("monday_morning")


@pytest.fixture
def delivery(tmp_path, db):
    dental_cleaning()
    with translation.override("en"):
        yield Delivery(tmp_path)


@pytest.fixture
def network(delivery):
    """One of each is in."""
    delivery.write_all()
    assert delivery.load() == 0
    return delivery


def hours(weekday=0):
    return list(OpeningHours.objects.filter(weekday=weekday).values_list("opens", "closes"))


def test_it_works(delivery):
    delivery.write_all()
    assert delivery.load() == 0
    assert delivery.lines == [
        f"{name}.csv read=1 created=1 updated=0 unchanged=0 stale=0 superseded=0 rejected=0" for name in DEFAULTS
    ]
    assert list(delivery.folder.glob("*rejects*")) == []
    site = Site.objects.select_related("provider").get()
    assert (site.provider.provider_no, site.provider.kind, site.provider.since) == (
        *("PV1", "dental_clinic"),
        date(2025, 1, 1),
    )
    assert (site.city, site.latitude, site.longitude, site.is_active) == ("上海市", 31.2304, 121.4737, True)
    assert hours() == [(time(9), time(12)), (time(13), time(17))]
    assert ContractPrice.objects.get().price == Decimal("180.00")
    BlackoutDay.objects.all().delete()
    [place] = search_places(service_code="dental_cleaning", day=MONDAY)
    assert (place.site_no, place.free_slots) == ("S1", 7)


def test_every_kind_of_the_catalogue_is_a_kind_of_provider():
    assert set(Provider.Kind) == {row["partner_kind"] for row in rows("benefits")}


def test_the_documentation_names_every_column(delivery):
    text = (importing.__file__.rsplit("/members/", 1)[0]) + "/docs/providers.md"
    with open(text, encoding="utf-8") as file:
        words = file.read()
    for sheet in SHEETS:
        [paragraph] = [each for each in words.split("\n\n") if each.startswith(f"**{sheet.file_name}**")]
        for column in sheet.columns:
            assert f"`{column.name}{'!' if column.required else ''}`" in paragraph, (sheet.name, column.name)


def test_a_second_import_changes_nothing(network):
    network.write_all()
    assert network.load() == 0
    assert [network.counts(name) for name in DEFAULTS] == [{"read": 1, "unchanged": 1}] * 7


def test_rows_are_known_again_and_updated(network):
    network.write("sites", {"name_zh": "申悦口腔外滩门诊", "active": ""})
    network.write("site_services", {"capacity": "3", "offered": "false"})
    network.write("contracts", {"ends_on": "2028-12-31"})
    network.write("contract_prices", {"price": "200"})
    assert network.load() == 0
    assert network.counts("contract_prices") == {"read": 1, "updated": 1}
    assert (Site.objects.get().name_zh, SiteService.objects.get().capacity) == ("申悦口腔外滩门诊", 3)
    assert (Contract.objects.get().ends_on.year, ContractPrice.objects.get().price) == (2028, 200)


def test_since_when_a_site_is_there_and_when_it_closed(network):
    closed = {"since": "2025-06-01", "active": "false", "closed_on": "2027-02-01"}
    network.write("sites", closed | {"active": "true"}, closed | {"closed_on": "2025-05-31"})
    assert network.load() == 1
    assert network.faults("sites") == [
        ("2", "closed_on", "but the site is active"),
        ("3", "closed_on", "before the site began"),
    ]
    network.write("sites", closed)
    assert network.load() == 0
    site = Site.objects.get()
    assert (site.since, site.is_active, site.closed_on) == (date(2025, 6, 1), False, date(2027, 2, 1))


def test_each_bad_row_is_reported_and_the_good_ones_go_in(delivery):
    delivery.write("providers", {}, {"provider_no": "PV2", "kind": "bakery"}, {"provider_no": "PV3", "since": "soon"})
    delivery.write(
        "sites",
        {"site_no": "S2", "provider_no": "PV2"},
        {"latitude": "131.2"},
        {"latitude": "north", "city": ""},
        {},
    )
    delivery.write(
        "opening_hours",
        {"weekday": "0"},
        {"hours": "9-12"},
        {"hours": "12:00-09:00"},
        {"hours": "09:00-12:00|11:00-17:00"},
        {"weekday": "7", "hours": "10:00-16:00"},
        {"site_no": "S9"},
    )
    delivery.write(
        "site_services",
        {"slot_minutes": "3"},
        {"capacity": "-1"},
        {"service_code": "hairdressing"},
        {},
    )
    delivery.write("contracts", {"ends_on": "2026-12-31"}, {})
    delivery.write("contract_prices", {"price": "1,000"}, {"price": "100000000"}, {"price": "99999999.99"})
    assert delivery.load() == 1
    kinds = ", ".join(Provider.Kind.values)
    assert delivery.faults("providers") == [
        ("3", "kind", f"not one of: {kinds}"),
        ("4", "since", "not a date such as 2026-03-31"),
    ]
    assert delivery.faults("sites") == [
        ("2", "provider_no", "no such provider"),
        ("3", "latitude", "not degrees such as 31.2304, at most 90"),
        ("4", "city|latitude", "is required|not degrees such as 31.2304, at most 90"),
    ]
    assert delivery.faults("opening_hours") == [
        ("2", "weekday", "not a whole number from 1 to 7"),
        ("3", "hours", "not a time such as 09:00"),
        ("4", "hours", "closes before it opens"),
        ("5", "hours", "hours that overlap"),
        ("7", "site_no", "no such site"),
    ]
    assert delivery.faults("site_services") == [
        ("2", "slot_minutes", "not a whole number from 5 to 1440"),
        ("3", "capacity", "not a whole number from 0 to 1000"),
        ("4", "service_code", "no such benefit service"),
    ]
    assert delivery.faults("contracts") == [("2", "ends_on", "before the contract begins")]
    assert delivery.faults("contract_prices") == [
        ("2", "price", "not an amount such as 1200.50, without sign or separators"),
        ("3", "price", "more than a contract can say"),
    ]
    assert (hours(6), SiteService.objects.count()) == ([(time(10), time(16))], 1)
    assert ContractPrice.objects.get().price == Decimal("99999999.99")


def test_contracts_that_overlap_name_the_other(network):
    network.write("providers", {"provider_no": "PV2"})
    network.write(
        "contracts",
        {"contract_no": "HT2", "starts_on": "2027-12-31", "ends_on": "2028-12-31"},
        {"contract_no": "HT3", "starts_on": "2028-01-01", "ends_on": "2028-12-31"},
        {"contract_no": "HT4", "starts_on": "2028-06-01", "ends_on": "2029-12-31"},
        {"contract_no": "HT5", "provider_no": "PV2"},
    )
    assert network.load() == 1
    assert network.faults("contracts") == [
        ("2", "starts_on", "overlaps contract HT1 of this provider, 2027-01-01 to 2027-12-31"),
        ("4", "starts_on", "overlaps contract HT3 of this provider, 2028-01-01 to 2028-12-31"),
    ]
    assert set(Contract.objects.values_list("contract_no", flat=True)) == {"HT1", "HT3", "HT5"}


def test_a_renewal_may_stand_behind_what_shortens_the_contract_before_it(network):
    network.write(
        "contracts",
        {"ends_on": "2027-06-30"},
        {"contract_no": "HT2", "starts_on": "2027-07-01", "ends_on": "2028-06-30"},
    )
    assert network.load() == 0
    assert network.counts("contracts") == {"read": 2, "created": 1, "updated": 1}


def test_hours_of_a_weekday_are_replaced(network):
    network.write("opening_hours", {"hours": "08:30-20:00"}, {"weekday": "2"})
    network.load()
    assert (hours(), len(hours(1))) == ([(time(8, 30), time(20))], 2)
    network.write("opening_hours", {"hours": ""})
    assert (network.load(), hours(), len(hours(1))) == (0, [], 2)


def test_hours_keep_every_slot_that_is_booked(network):
    Slot.objects.create(at=SiteService.objects.get(), starts_at=at(MONDAY, 10), capacity=2, taken=2)
    network.write("opening_hours", {"hours": "09:30-12:00"}, {"weekday": "2", "hours": "09:30-12:00"})
    assert network.load() == 1
    assert network.faults("opening_hours") == [("2", "hours", "coming bookings have no slot in these hours (2)")]
    assert (hours()[0], hours(1)) == ((time(9), time(12)), [(time(9, 30), time(12))])
    network.write("opening_hours", {"hours": "08:00-11:00"})
    assert (network.load(), hours()) == (0, [(time(8), time(11))])


def test_a_closed_day_can_be_opened_again(network):
    network.write("blackout_days", {"closed": "false"}, {"day": "2027-03-09", "reason": ""})
    assert network.load() == 0
    assert [str(each.day) for each in BlackoutDay.objects.all()] == ["2027-03-09"]
    network.write("blackout_days", {"closed": "false"})
    network.load()
    assert network.counts("blackout_days") == {"read": 1, "unchanged": 1}


def test_capacity_counts_for_coming_slots_and_never_below_their_guests(network):
    offer = SiteService.objects.get()
    booked = Slot.objects.create(at=offer, starts_at=at(MONDAY, 9), capacity=2, taken=2)
    emptied = Slot.objects.create(at=offer, starts_at=at(MONDAY, 10), capacity=2, taken=0)
    network.write("site_services", {"capacity": "1"})
    network.load()
    booked.refresh_from_db(), emptied.refresh_from_db()
    assert (booked.capacity, emptied.capacity) == (2, 1)


def test_a_site_and_a_contract_stay_with_their_provider(network):
    network.write("providers", {"provider_no": "PV2"})
    network.write("sites", {"provider_no": "PV2", "phone": "021-1"}, {"site_no": "S2", "provider_no": "PV2"})
    network.write("contracts", {"provider_no": "PV2"}, {"contract_no": "HT2", "provider_no": "PV2"})
    assert network.load() == 1
    kept = [("2", "provider_no", "can't be changed: the bookings and prices are its provider's")]
    assert network.faults("sites") == network.faults("contracts") == kept
    assert dict(Site.objects.values_list("site_no", "provider__provider_no")) == {"S1": "PV1", "S2": "PV2"}
    assert Contract.objects.get(contract_no="HT1").provider.provider_no == "PV1"


def test_a_site_offers_what_is_booked_for_a_time(network):
    Service.objects.create(code="emergency_rescue", mode="case", unit="visit", partner_kind="x", lead_time="P3D")
    network.write("site_services", {"service_code": "emergency_rescue"})
    assert network.load() == 1
    assert network.faults("site_services") == [("2", "service_code", "is not booked for a time at a place")]


def test_a_system_that_is_connected_hears_of_what_is_booked(network):
    BlackoutDay.objects.all().delete()
    member = visitor()
    booking = book(member, SiteService.objects.get())
    for _ in range(2):
        network.write("providers", {"has_system": "true"})
        assert network.load() == 0
    assert SystemBooking.objects.get().booking == booking
    assert not booking_of(member, booking.pk).is_confirmed
    network.write("providers", {"has_system": ""})
    assert network.load() == 0
    assert Provider.objects.get(provider_no="PV1").has_system  # as it was
    network.write("providers", {"has_system": "false"})
    assert network.load() == 0
    assert booking_of(member, booking.pk).is_confirmed
    assert not SystemBooking.objects.due(at=timezone.now()).exists()


def test_slots_keep_their_length_while_some_are_booked(network):
    slot = Slot.objects.create(at=SiteService.objects.get(), starts_at=at(MONDAY, 9), capacity=2, taken=1)
    network.write("site_services", {"slot_minutes": "30"})
    assert network.load() == 1
    assert network.faults("site_services") == [
        ("2", "slot_minutes", "can't be changed while coming slots are booked (1)")
    ]
    Slot.objects.filter(pk=slot.pk).update(taken=0)
    network.write("site_services", {"slot_minutes": "30"})
    assert network.load() == 0


def test_of_a_key_that_comes_twice_the_last_one_wins(network):
    network.write("opening_hours", {"hours": "08:00-09:00"}, {"hours": "10:00-11:00"})
    assert network.load() == 0
    assert network.counts("opening_hours") == {"read": 2, "updated": 1, "superseded": 1}
    assert hours() == [(time(10), time(11))]


def test_what_is_no_file_of_the_network(delivery, tmp_path):
    with pytest.raises(CommandError, match=r"none of providers\.csv"):
        call_command("import_providers", str(tmp_path))
    (tmp_path / "sites.csv").write_text("site_no\nS1\n")
    delivery.write("providers")
    assert delivery.load() == 2
    assert Provider.objects.count() == 1
