"""The places of the member's pages: what exists is shown, and where one is is marked."""

import pytest
from django.test import RequestFactory
from django.urls import path

from portal.navigation import is_at, of_the_account, places
from portal.urls import urlpatterns as real_patterns
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


def nothing(request):
    raise NotImplementedError


urlpatterns = [*real_patterns, path("services/", nothing, name="services")]


def icons(links):
    return [link.icon for link in links]


def asked(address, member):
    request = RequestFactory().get(address)
    request.user = member
    return request


def test_what_is_not_built_yet_is_not_shown():
    assert icons(places(asked("/", MemberFactory()))) == ["home", "points", "benefits", "me"]


@pytest.mark.urls(__name__)
def test_a_place_appears_with_its_address():
    assert icons(places(asked("/", MemberFactory()))) == ["home", "services", "points", "benefits", "me"]


def test_a_visitor_has_one_place_only_and_is_shown_none(client):
    assert 'class="places"' not in client.get("/").text


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("address", "icon"),
    [
        ("/", "home"),
        ("/services/claims/7", "services"),
        ("/points", "points"),
        ("/me/level", "me"),
        ("/me/benefits", "benefits"),
        ("/display", None),
    ],
)
def test_where_one_is_is_marked(address, icon):
    marked = [link.icon for link in places(asked(address, MemberFactory())) if link.current]
    assert marked == ([icon] if icon else [])


@pytest.mark.parametrize(("page", "place"), [("/me", "/menu"), ("/menu", "/me"), ("/anything", "/")])
def test_an_address_that_begins_alike_is_another_place(page, place):
    assert not is_at(page, place)


def test_me_shows_who_one_is_without_the_whole_number(client):
    alice = MemberFactory(agrees=True, name="王小明", mobile="+8613812345678")
    client.force_login(alice)
    text = client.get("/me").text
    assert "王小明" in text and "138****5678" in text and "13812345678" not in text
    for link in of_the_account():
        assert f'href="{link.href}"' in text


def test_a_stranger_is_sent_to_sign_in(client):
    answer = client.get("/me")
    assert (answer.status_code, answer.url.endswith("?next=/me")) == (302, True)
