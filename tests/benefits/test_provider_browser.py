"""The staff's pages of providers in a real browser: read in the dark and in a narrow window."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from benefits.models import BlackoutDay, OpeningHours, Provider, ProviderImport
from members.roles import Role
from tests.accessible import obstacles
from tests.benefits.network import make_contract, make_offer, make_provider, make_site
from tests.members.accounts import staff
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place():
    """Under contract for this year and the last, closed today."""
    today = timezone.localdate()
    provider = make_provider(since=date(today.year - 1, 1, 1), name_en="Shenyue Dental")
    make_contract(provider, starts_on=date(today.year - 1, 1, 1), ends_on=date(today.year, 12, 31))
    offer = make_offer(make_site(provider))
    BlackoutDay.objects.create(site=offer.site, day=today, reason="停电检修")
    return offer


@pytest.fixture
def enter(page, live_server):
    sign_in(page.context, staff(Role.BENEFITS_MANAGER, "Nora"), live_server)


def test_pages_are_accessible_and_fit(page, enter, place):
    handed_in = ProviderImport.objects.create(uploaded_by=staff(Role.BENEFITS_MANAGER), state="finished")
    handed_in.files.create(name="sites.csv", size_bytes=1, counts={"created": 1})
    site, provider = place.site, place.site.provider
    paths = [
        reverse("providers:index"),
        reverse("providers:inspect", args=[provider.pk]),
        reverse("providers:edit", args=[provider.pk]),
        reverse("sites:index"),
        reverse("sites:inspect", args=[site.pk]),
        reverse("sites:edit", args=[site.pk]),
        reverse("sites:close", args=[site.pk]),
        reverse("provider_contracts:index"),
        reverse("provider_contracts:edit", args=[provider.contracts.get().pk]),
        reverse("closed_days:index"),
        reverse("closed_days:inspect", args=[site.blackout_days.get().pk]),
        reverse("provider_growth:index"),
        reverse("provider_imports:add"),
        reverse("provider_imports:inspect", args=[handed_in.pk]),
    ]
    found = {}
    for path in paths:
        page.goto(path)
        found[path] = obstacles(page, widths=[1440, 390])
    assert not any(found.values()), found


def test_hours_are_changed_as_people_type_them(page, enter, place):
    page.goto(reverse("sites:edit", args=[place.site_id]))
    field = page.locator("[name=hours_0]")
    field.fill("9-12")
    page.locator("#w-editor-form button[type=submit]").last.click()
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("08:30—11:30")
    page.locator("#w-editor-form button[type=submit]").last.click()
    expect(page.get_by_text("08:30-11:30")).to_be_visible()
    assert [str(each) for each in OpeningHours.objects.filter(weekday=0)] == ["0 08:30:00–11:30:00"]
    assert Provider.objects.count() == 1
