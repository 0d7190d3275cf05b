"""The providers' page: an open circuit breaker is seen, and how fast a provider is called is set by who may."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone, translation
from wagtail.models import ModelLogEntry

from notifications.models import ProviderState
from notifications.staff.providers import ProviderForm
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
INDEX, TODAY = "notification_providers:index", "notification_figures:index"


@pytest.fixture
def paused():
    return ProviderState.objects.create(
        name="sandbox", failures=7, paused_until=timezone.now() + timedelta(hours=1), last_error="connection refused"
    )


@pytest.fixture(autouse=True)
def english(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    with translation.override("en"):
        yield


def staff(*codes):
    member = MemberFactory(is_staff=True)
    for code in ("access_admin", *codes):
        member.user_permissions.add(Permission.objects.get(codename=code))
    return member


def edit(provider):
    return reverse("notification_providers:edit", args=[provider.pk])


def test_a_paused_provider_is_listed_with_its_error(client, paused):
    client.force_login(staff("view_providerstate"))
    page = client.get(reverse(INDEX)).content.decode()
    assert "connection refused" in page
    assert "left alone" in page
    assert edit(paused) not in page


def test_a_pause_is_shown_by_when_it_ends(client, paused):
    client.force_login(staff("view_providerstate"))
    page = client.get(reverse(INDEX)).content.decode()
    assert f"{timezone.localtime(paused.paused_until):%Y-%m-%d %H:%M:%S}" in page


def test_the_day_warns_of_a_paused_provider_until_it_is_called_again(client, paused):
    client.force_login(staff("view_message"))
    assert list(client.get(reverse(TODAY)).context["paused"]) == [paused]
    assert "sandbox is left alone" in client.get(reverse(TODAY)).content.decode()
    ProviderState.objects.update(paused_until=timezone.now())
    assert list(client.get(reverse(TODAY)).context["paused"]) == []


def test_the_rate_is_set_and_nothing_that_workers_write_meanwhile_is_lost(client, paused, monkeypatch):
    operator = staff("view_providerstate", "change_providerstate")
    client.force_login(operator)
    assert edit(paused) in client.get(reverse(INDEX)).content.decode()
    whole = ProviderForm.is_valid

    def while_a_worker_fails(form):
        ProviderState.objects.update(failures=8)
        return whole(form)

    monkeypatch.setattr(ProviderForm, "is_valid", while_a_worker_fails)
    client.post(edit(paused), {"rate_per_s": "50"})
    paused.refresh_from_db()
    assert (paused.rate_per_s, paused.failures) == (50, 8)
    assert ModelLogEntry.objects.get(action="wagtail.edit").user == operator
    client.post(edit(paused), {"rate_per_s": ""})
    paused.refresh_from_db()
    assert paused.rate_per_s is None


def test_a_rate_of_nought_is_refused_as_it_would_mean_no_limit(client, paused):
    client.force_login(staff("view_providerstate", "change_providerstate"))
    assert client.post(edit(paused), {"rate_per_s": "0"}).status_code == 200
    paused.refresh_from_db()
    assert paused.rate_per_s is None


def test_who_may_only_look_sets_nothing(client, paused):
    client.force_login(staff("view_providerstate"))
    client.post(edit(paused), {"rate_per_s": "50"})
    paused.refresh_from_db()
    assert paused.rate_per_s is None


def test_members_and_strangers_see_nothing(client):
    assert client.get(reverse(INDEX)).status_code == 302
    client.force_login(MemberFactory())
    assert client.get(reverse(INDEX)).status_code in (302, 403)
