"""The staff's pages of providers, sites, contracts, closed days, growth and imports."""

import csv
import io
from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, InternalError, transaction
from django.test import Client
from django.urls import reverse
from wagtail.models import ModelLogEntry

from benefits.actions.keep_contract import ContractsOverlap, keep_contract
from benefits.models import (
    BlackoutDay,
    Booking,
    Contract,
    ContractPrice,
    OpeningHours,
    Provider,
    ProviderImport,
    Service,
    Site,
    SiteService,
    Slot,
    SystemBooking,
)
from benefits.queries.bookings import booking_of
from benefits.queries.partners import Growth, partners
from members.roles import Role
from tests.benefits.network import (
    MONDAY,
    NOW,
    at,
    dental_cleaning,
    make_contract,
    make_offer,
    make_provider,
    make_site,
)
from tests.benefits.visitors import book, visitor
from tests.members.accounts import staff

pytestmark = pytest.mark.usefixtures("monday_morning")
TODAY = NOW.date()


def client_of(role, language="en"):
    client = Client(headers={"accept-language": language})
    client.force_login(staff(role), backend="members.backends.MobileBackend")
    return client


@pytest.fixture
def nora():
    """Manages benefits."""
    return client_of(Role.BENEFITS_MANAGER)


def text(response):
    assert response.status_code == 200
    return response.content.decode()


# --- providers -------------------------------------------------------------------------------------------------


def test_it_works(nora, dentist):
    provider = dentist.site.provider
    assert provider.name_zh in text(nora.get(reverse("providers:index")))
    page = text(nora.get(reverse("providers:inspect", args=[provider.pk])))
    for expected in (provider.provider_no, dentist.site.name_zh, provider.contracts.get().contract_no, "180.00"):
        assert expected in page
    assert "There is no contract for today" not in page
    provider.contracts.update(ends_on=TODAY - timedelta(1))
    assert "There is no contract for today" in text(nora.get(reverse("providers:inspect", args=[provider.pk])))


def listed(client, **query):
    return [each.pk for each in client.get(reverse("providers:index"), query).context["object_list"]]


def test_providers_are_found_by_kind_city_and_name(nora, dentist):
    hospital = make_provider(kind="hospital_network", name_zh="和煦国际医疗")
    make_site(hospital, city="北京市")
    ours = dentist.site.provider
    assert listed(nora, kind="hospital_network") == [hospital.pk]
    assert listed(nora, city="北京市") == [hospital.pk]
    assert listed(nora, city="上海市") == [ours.pk]
    assert listed(nora, q="和煦") == [hospital.pk]


def test_the_rating_is_that_of_the_visits(nora, dentist):
    for stars in (5, 4, 4):
        visit = book(visitor(), dentist, starts_at=at(MONDAY, 9 + stars) if stars == 5 else None)
        Slot.objects.update(capacity=5)
        Booking.objects.filter(pk=visit.pk).update(state="completed", ended_at=NOW, rating=stars, rated_at=NOW)
    assert "4.3 (3)" in text(nora.get(reverse("providers:inspect", args=[dentist.site.provider_id])))
    assert "4.3 (3)" in text(nora.get(reverse("providers:index")))


def test_a_provider_is_added_and_changed(nora):
    sent = {
        "provider_no": "PV77",
        "name_zh": "明澈口腔",
        "name_en": "",
        "kind": "dental_clinic",
        "since": "2027-01-01",
        "is_active": "on",
    }
    nora.post(reverse("providers:add"), sent)
    provider = Provider.objects.get()
    assert (provider.name_zh, provider.is_active) == ("明澈口腔", True)
    nora.post(reverse("providers:edit", args=[provider.pk]), sent | {"name_en": "Mingche Dental"})
    provider.refresh_from_db()
    assert provider.name_en == "Mingche Dental"
    assert "already exists" in text(nora.post(reverse("providers:add"), sent))


def test_a_system_that_is_connected_hears_of_what_is_booked(nora, dentist):
    """Else nothing would ever confirm it; it is told once, however often the form is sent."""
    provider, member = dentist.site.provider, visitor()
    booking = book(member, dentist)
    for _ in range(2):
        sent = {name: getattr(provider, name) for name in ("provider_no", "name_zh", "kind")}
        address = reverse("providers:edit", args=[provider.pk])
        assert nora.post(address, sent | {"since": "2025-01-01", "is_active": "on", "has_system": "on"}).url
        assert SystemBooking.objects.get().booking == booking
    assert not booking_of(member, booking.pk).is_confirmed


def test_who_changed_a_provider_stands_on_record(nora, dentist):
    fields = {"provider_no": "P77", "name_zh": "仁和口腔", "kind": "dental_clinic", "since": "2025-01-01"}
    nora.post(reverse("providers:add"), fields | {"is_active": "on"})
    made = Provider.objects.get(provider_no="P77")
    nora.post(reverse("providers:edit", args=[made.pk]), fields | {"is_active": "on", "has_system": "on"})
    logged = ModelLogEntry.objects.filter(object_id=str(made.pk), content_type__model="provider")
    assert sorted(logged.values_list("action", "content_changed")) == [("wagtail.create", True), ("wagtail.edit", True)]


# --- contracts -------------------------------------------------------------------------------------------------


def contract_fields(provider, **changes):
    price = f"price_{dental_cleaning().pk}"
    return {
        "provider": provider.pk,
        "contract_no": "HT-NEW",
        "starts_on": "2028-01-01",
        "ends_on": "2028-12-31",
        price: "200.00",
    } | changes


def test_a_contract_is_added_with_its_prices(nora, dentist):
    provider = dentist.site.provider
    response = nora.post(reverse("provider_contracts:add"), contract_fields(provider))
    assert response.url == reverse("providers:inspect", args=[provider.pk])
    contract = Contract.objects.get(contract_no="HT-NEW")
    assert contract.prices.get().price == Decimal("200.00")


def test_an_overlapping_contract_is_refused_by_the_name_of_the_other(nora, dentist):
    provider, other = dentist.site.provider, dentist.site.provider.contracts.get()
    page = text(nora.post(reverse("provider_contracts:add"), contract_fields(provider, starts_on="2027-12-31")))
    assert f"This provider has contract {other.contract_no} from 2027-01-01 to 2027-12-31" in page
    assert "is violated" not in page
    assert Contract.objects.count() == 1
    backwards = text(nora.post(reverse("provider_contracts:add"), contract_fields(provider, ends_on="2027-12-31")))
    assert "The end has to come after the beginning." in backwards


def test_the_form_looks_first_and_the_action_looks_again(dentist):
    provider = dentist.site.provider
    wanted = Contract(contract_no="HT-2", provider=provider, starts_on=date(2027, 6, 1), ends_on=date(2028, 6, 1))
    with pytest.raises(ContractsOverlap) as refusal:
        keep_contract(contract=wanted, prices={})
    assert refusal.value.other == provider.contracts.get()


def test_prices_are_changed_and_taken_out(nora, dentist):
    contract, price = dentist.site.provider.contracts.get(), f"price_{dental_cleaning().pk}"
    fields = contract_fields(
        contract.provider, contract_no=contract.contract_no, starts_on="2027-01-01", ends_on="2027-12-31"
    )
    nora.post(reverse("provider_contracts:edit", args=[contract.pk]), fields | {price: "190"})
    assert contract.prices.get().price == 190
    booked = book(visitor(), dentist)
    nora.post(reverse("provider_contracts:edit", args=[contract.pk]), fields | {price: "210"})
    booked.refresh_from_db()
    assert (contract.prices.get().price, booked.price) == (210, 190)
    page = text(nora.post(reverse("provider_contracts:edit", args=[contract.pk]), fields | {price: ""}))
    assert "Visits were booked at this price" in page
    assert contract.prices.count() == 1


def test_a_price_that_nobody_booked_at_may_go(dentist):
    contract = dentist.site.provider.contracts.get()
    keep_contract(contract=contract, prices={dental_cleaning(): None})
    assert not ContractPrice.objects.exists()


# --- sites -----------------------------------------------------------------------------------------------------


def site_fields(provider, **changes):
    service = dental_cleaning().pk
    return {
        "provider": provider.pk,
        "site_no": "S-NEW",
        "name_zh": "明澈口腔徐家汇门诊",
        "name_en": "",
        "province": "上海市",
        "city": "上海市",
        "district": "徐汇区",
        "address": "漕溪北路1号",
        "phone": "021-6",
        "latitude": "31.19",
        "longitude": "121.43",
        "is_active": "on",
        **{f"hours_{weekday}": "" for weekday in range(7)},
        "hours_0": "09:00-12:00|13：00—17:00",
        f"minutes_{service}": "45",
        f"capacity_{service}": "2",
        f"offered_{service}": "on",
    } | changes


def test_a_site_is_added_with_hours_and_services(nora):
    provider = make_provider()
    response = nora.post(reverse("sites:add"), site_fields(provider))
    site = Site.objects.get()
    assert response.url == reverse("sites:inspect", args=[site.pk])
    assert list(OpeningHours.objects.values_list("weekday", "opens", "closes")) == [
        (0, time(9), time(12)),
        (0, time(13), time(17)),
    ]
    offer = SiteService.objects.get()
    assert (offer.slot_minutes, offer.capacity, offer.is_offered) == (45, 2, True)
    page = text(nora.get(response.url))
    assert "09:00-12:00, 13:00-17:00" in page and "Dental cleaning" in page
    form = text(nora.get(reverse("sites:edit", args=[site.pk])))
    assert 'value="09:00-12:00|13:00-17:00"' in form


def test_what_is_wrong_with_a_site_is_said_at_its_field(nora):
    provider, service = make_provider(), dental_cleaning().pk
    wrong = {"hours_0": "9-12", "hours_1": "09:00-12:00|11:00-15:00", "latitude": "131", f"capacity_{service}": ""}
    response = nora.post(reverse("sites:add"), site_fields(provider, **wrong))
    errors = {name: list(found) for name, found in response.context["form"].errors.items()}
    assert errors == {
        "hours_0": ["not a time such as 09:00"],
        "hours_1": ["hours that overlap"],
        f"capacity_{service}": ["Say both, or leave the service empty."],
        "latitude": ["Ensure this value is less than or equal to 90."],
    }
    assert not Site.objects.exists()


def test_a_site_that_was_closed_is_not_active(nora, dentist):
    site = dentist.site
    sent = site_fields(site.provider, site_no=site.site_no) | {"closed_on": "2027-02-28", "is_active": "on"}
    page = text(nora.post(reverse("sites:edit", args=[site.pk]), sent))
    assert "A site that was closed is not active." in page
    nora.post(reverse("sites:edit", args=[site.pk]), sent | {"is_active": ""})
    site.refresh_from_db()
    assert (site.is_active, site.closed_on) == (False, date(2027, 2, 28))
    assert "2027-02-28" in text(nora.get(reverse("sites:inspect", args=[site.pk])))


def test_a_site_is_changed(nora, dentist):
    """All that the form says is so afterwards; what was booked and rated there stays with it."""
    site, service = dentist.site, dental_cleaning().pk
    hours = {f"hours_{day}": "09:00-12:00|13:00-17:00" for day in range(1, 6)} | {"hours_0": ""}
    sent = site_fields(site.provider, site_no=site.site_no, name_zh=site.name_zh, address="南京西路2号") | hours
    nora.post(reverse("sites:edit", args=[site.pk]), sent | {f"minutes_{service}": "60", f"capacity_{service}": "3"})
    site.refresh_from_db(), dentist.refresh_from_db()
    assert (site.address, dentist.capacity, site.hours.count()) == ("南京西路2号", 3, 10)


def test_slots_keep_their_length_while_some_are_booked(nora, dentist):
    book(visitor(), dentist)
    service = dental_cleaning().pk
    sent = site_fields(dentist.site.provider, site_no=dentist.site.site_no) | {f"minutes_{service}": "30"}
    page = text(nora.post(reverse("sites:edit", args=[dentist.site_id]), sent))
    assert "1 coming slot is booked, so slots keep their length" in page
    dentist.refresh_from_db()
    assert dentist.slot_minutes == 60


def test_hours_keep_every_slot_that_is_booked(nora, dentist):
    """Counted from half past nine, half past ten to half past eleven would be sold over what is booked at ten."""
    book(visitor(), dentist)
    site, service = dentist.site, dental_cleaning().pk
    sent = site_fields(site.provider, site_no=site.site_no) | {f"minutes_{service}": "60"}
    sent |= {f"hours_{day}": "09:00-12:00|13:00-17:00" for day in range(6)}
    address = reverse("sites:edit", args=[site.pk])
    for hours in ("09:30-12:00", "13:00-17:00", ""):
        response = nora.post(address, sent | {"hours_0": hours})
        assert "1 coming booking has no slot in these hours" in response.context["form"].errors["hours_0"][0]
    assert site.hours.count() == 12
    assert nora.post(address, sent | {"hours_0": "08:00-11:00", "hours_1": "09:30-12:00"}).status_code == 302
    assert site.hours.filter(weekday=0).get().opens == time(8)


def test_a_site_and_a_contract_stay_with_their_provider(nora, dentist):
    """Another would see the guests, or be paid for them."""
    site, contract, other = dentist.site, dentist.site.provider.contracts.get(), make_provider()
    for address, fields in (
        (reverse("sites:edit", args=[site.pk]), site_fields(other, site_no=site.site_no)),
        (reverse("provider_contracts:edit", args=[contract.pk]), contract_fields(other)),
    ):
        errors = nora.post(address, fields).context["form"].errors
        assert errors["provider"] == ["This stays with its provider: end it, and add another there."]
    for kept in (site, contract):
        with pytest.raises(InternalError, match="stays_with_its_provider"), transaction.atomic():
            type(kept).objects.update(provider=other)


def test_what_is_no_visit_is_offered_nowhere(dentist):
    Service.objects.update(mode=Service.Mode.CASE)
    with pytest.raises(Service.DoesNotExist):
        book(visitor(), dentist)
    with pytest.raises(IntegrityError, match="no service that is booked for a time"), transaction.atomic():
        make_offer()


# --- closed days -----------------------------------------------------------------------------------------------


def test_a_day_is_closed_and_opened_again(nora, dentist):
    address = reverse("sites:close", args=[dentist.site_id])
    assert text(nora.get(address))
    nora.post(address, {"day": "2027-03-08", "reason": "停电检修"})
    closed = BlackoutDay.objects.get()
    assert (closed.day, closed.reason) == (MONDAY, "停电检修")
    assert "停电检修" in text(nora.get(reverse("closed_days:index")))
    nora.post(reverse("sites:open", args=[dentist.site_id, closed.pk]))
    assert not BlackoutDay.objects.exists()


def test_a_day_that_is_over_is_not_closed(nora, dentist):
    page = text(nora.post(reverse("sites:close", args=[dentist.site_id]), {"day": "2027-02-28"}))
    assert "This day is over." in page


def test_a_day_with_bookings_is_closed_by_calling_them_off(nora, dentist):
    alice = visitor()
    book(alice, dentist)
    address = reverse("sites:close", args=[dentist.site_id])
    page = text(nora.post(address, {"day": "2027-03-08", "reason": "装修"}))
    assert "1 booking stands on that day." in page and alice.customer.customer_no in page
    assert not BlackoutDay.objects.exists()
    nora.post(address, {"day": "2027-03-08", "reason": "装修", "call_off": "on"})
    assert BlackoutDay.objects.get().reason == "装修"
    assert Booking.objects.get().state == "cancelled"


def test_guests_on_a_day_that_an_import_closed_are_named(nora, dentist):
    alice = visitor()
    book(alice, dentist)
    closed = BlackoutDay.objects.create(site=dentist.site, day=MONDAY)
    assert [each.standing for each in nora.get(reverse("closed_days:index")).context["object_list"]] == [1]
    page = text(nora.get(reverse("closed_days:inspect", args=[closed.pk])))
    assert alice.customer.customer_no in page and reverse("sites:close", args=[dentist.site_id]) in page


# --- growth ----------------------------------------------------------------------------------------------------


@pytest.fixture
def grown():
    """A year ago one dentist in Shanghai; today it is two, one of them in Beijing, too, and a hospital there."""
    old, new, hospital, gone = make_provider(), make_provider(), make_provider(kind="hospital_network"), make_provider()
    make_contract(old, starts_on=date(2025, 1, 1))
    make_contract(new)
    make_contract(hospital)
    make_contract(gone, starts_on=date(2024, 1, 1), ends_on=date(2024, 12, 31))
    for provider, city in ((old, "上海市"), (old, "上海市"), (new, "上海市"), (new, "北京市"), (hospital, "北京市")):
        make_site(provider, city=city)


def test_partners_are_counted_under_contract_this_year_and_last(grown):
    found = partners(TODAY)
    assert (found.day, found.year_before) == (TODAY, date(2026, 3, 1))
    assert found.total == Growth("", 1, 3)
    by_kind = {each.name: (each.before, each.now, each.change, each.percent) for each in found.by_kind}
    assert by_kind["dental_clinic"] == (1, 2, 1, 100)
    assert by_kind["hospital_network"] == (0, 1, 1, None)
    assert set(by_kind) == set(Provider.Kind) - {Provider.Kind.INSURER}
    assert found.by_city == [Growth("上海市", 1, 2), Growth("北京市", 0, 2)]


def test_a_city_has_the_sites_that_stood_there_on_the_day(grown):
    old = Provider.objects.order_by("pk")[0]
    make_site(old, city="北京市", since=date(2026, 9, 1))
    make_site(old, city="广州市", since=date(2025, 5, 1), is_active=False, closed_on=date(2026, 12, 31))
    make_site(old, city="成都市", is_active=False)
    assert partners(TODAY).by_city == [Growth("北京市", 0, 3), Growth("上海市", 1, 2), Growth("广州市", 1, 0)]


def test_a_closed_site_is_not_active_and_closes_after_it_began(grown):
    sites = Site.objects.filter(pk=Site.objects.first().pk)
    for change in ({"closed_on": TODAY}, {"is_active": False, "since": TODAY, "closed_on": date(2027, 2, 28)}):
        with pytest.raises(IntegrityError, match="benefits_site_closed"), transaction.atomic():
            sites.update(**change)


def test_growth_is_shown_as_picture_table_and_file(nora, grown):
    page = text(nora.get(reverse("provider_growth:index")))
    assert page.count("<svg") >= 2 and "北京市" in page and "+100 %" in page
    response = nora.get(reverse("provider_growth:file"))
    assert response["Content-Disposition"] == 'attachment; filename="partners-20270301.csv"'
    lines = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert lines[0] == ["Grouped by", "Kind or city", "2026-03-01", "2027-03-01", "Growth", "Growth in %"]
    assert ["city", "上海市", "1", "2", "1", "100"] in lines
    assert lines[-1] == ["all", "Total", "1", "3", "2", "200"]


def test_a_city_is_no_formula(nora, grown):
    Site.objects.filter(city="北京市").update(city="=1+1")
    assert "city,'=1+1,0,2" in nora.get(reverse("provider_growth:file")).content.decode("utf-8-sig")


def test_growth_of_nobody(nora):
    assert "Growth of the network" in text(nora.get(reverse("provider_growth:index")))


# --- imports ---------------------------------------------------------------------------------------------------


def test_who_may_not_import_is_sent_away():
    analyst = client_of(Role.ANALYST)
    assert analyst.get(reverse("provider_imports:add")).status_code == 302
    assert text(analyst.get(reverse("providers:index")))
    assert analyst.get(reverse("providers:add")).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_files_are_handed_in_with_progress_and_rejects(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path / "private"}}
    }
    nora = client_of(Role.BENEFITS_MANAGER)
    page = text(nora.get(reverse("provider_imports:add")))
    assert "opening_hours.csv" in page and "contract_prices.csv" in page
    lines = b"provider_no,name_zh,kind,since\nPV1,A,dental_clinic,2025-01-01\nPV2,B,bakery,2025-01-01\n"
    response = nora.post(reverse("provider_imports:add"), {"providers": ContentFile(lines, name="providers.csv")})
    handed_in = ProviderImport.objects.get()
    assert response.url == reverse("provider_imports:inspect", args=[handed_in.pk])
    assert handed_in.state == "finished"
    assert "providers.csv" in text(nora.get(response.url))
    assert "#" in text(nora.get(reverse("provider_imports:index")))
    assert text(nora.get(reverse("provider_imports:progress", args=[handed_in.pk]))).lstrip().startswith("<section")
    rejects = nora.get(reverse("provider_imports:rejects", args=[handed_in.pk, "providers.csv"]))
    assert 'PV2,B,bakery,2025-01-01,3,kind,"not one of: dental_clinic' in rejects.content.decode("utf-8-sig")
    assert Provider.objects.get().provider_no == "PV1"
    home = reverse("wagtailadmin_home")
    assert "Files of providers with rejects" in text(nora.get(home))
    assert "Files of providers with rejects" not in text(client_of(Role.ANALYST).get(home))
    mended = b"provider_no,name_zh,kind,since\nPV2,B,dental_clinic,2025-01-01\n"
    nora.post(reverse("provider_imports:add"), {"providers": ContentFile(mended, name="providers.csv")})
    assert "Files of providers with rejects" not in text(nora.get(home))
    nora.post(reverse("provider_imports:add"), {"sites": ContentFile(b"site_no\nS1\n", name="sites.csv")})
    assert "Files of providers with rejects" in text(nora.get(home))
