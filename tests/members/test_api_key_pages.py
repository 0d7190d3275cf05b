"""The staff's page of API keys: who may, what is shown once, what revoking does."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import translation
from wagtail.models import ModelLogEntry

from members.actions.issue_api_key import issue_api_key
from members.models import ApiKey, Scope
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db

INDEX, ADD = "api_keys:index", "api_keys:add"


def staff(*codes):
    person = MemberFactory(is_staff=True)
    for code in ("access_admin", *codes):
        person.user_permissions.add(Permission.objects.get(codename=code))
    return person


@pytest.fixture
def keeper(client):
    keeper = staff("add_apikey", "delete_apikey")
    client.force_login(keeper)
    with translation.override("en"):
        yield keeper


@pytest.fixture
def row():
    return issue_api_key(name="core", scopes=[Scope.EVENTS_WRITE]).row


def revoke_url(row):
    return reverse("api_keys:delete", args=[row.pk])


def test_key_is_shown_once_and_opens_what_was_chosen(client, keeper):
    assert client.get(reverse(ADD)).status_code == 200
    page = client.post(reverse(ADD), {"name": "core", "scopes": ["events:write"]})
    key = page.context["key"]
    row = ApiKey.objects.get()
    assert key in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert ApiKey.objects.matching(key) == row
    assert (row.name, row.scopes, row.created_by) == ("core", ["events:write"], keeper)
    listed = client.get(reverse(INDEX)).content.decode()
    assert row.prefix in listed
    assert key not in listed


@pytest.mark.parametrize("data", [{"name": "core"}, {"scopes": ["events:write"]}, {"name": "core", "scopes": ["all"]}])
def test_incomplete_form_issues_nothing(client, keeper, data):
    assert client.post(reverse(ADD), data).status_code == 200
    assert not ApiKey.objects.exists()


def test_revoked_key_stays_listed_and_is_not_offered_again(client, keeper, row):
    assert client.get(revoke_url(row)).status_code == 200
    assert ApiKey.objects.live().exists()
    assert revoke_url(row) in client.get(reverse(INDEX)).content.decode()
    client.post(revoke_url(row))
    assert not ApiKey.objects.live().exists()
    page = client.get(reverse(INDEX)).content.decode()
    assert row.prefix in page
    assert revoke_url(row) not in page


def test_both_leave_a_trace(client, keeper):
    client.post(reverse(ADD), {"name": "core", "scopes": ["events:write"]})
    client.post(revoke_url(ApiKey.objects.get()))
    entries = ModelLogEntry.objects.order_by("pk").values_list("action", "user")
    assert list(entries) == [("members.issue_api_key", keeper.pk), ("members.revoke_api_key", keeper.pk)]


def test_who_may_only_issue_cannot_revoke(client, row):
    client.force_login(staff("add_apikey"))
    client.post(revoke_url(row))
    assert ApiKey.objects.live().exists()


@pytest.mark.parametrize("person", ["anonymous", "member", "staff"])
def test_nobody_else_sees_or_does_anything(client, row, person):
    if person != "anonymous":
        client.force_login(staff() if person == "staff" else MemberFactory())
    for url in (reverse(INDEX), reverse(ADD), revoke_url(row)):
        answer = client.get(url, headers={"accept": "text/html"})
        assert answer.status_code == 302
        assert row.prefix not in answer.content.decode()
    client.post(reverse(ADD), {"name": "mine", "scopes": ["events:write"]})
    client.post(revoke_url(row))
    assert list(ApiKey.objects.live().values_list("name", flat=True)) == ["core"]
