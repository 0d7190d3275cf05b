"""How the pages look is the reader's choice: remembered by the browser, and nothing typed is lost over it."""

from datetime import date

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.utils import translation

from tests.factories import CustomerFactory, MemberFactory

pytestmark = pytest.mark.django_db

FORM = "/styleguide/form"
#: As the page's form sends it: what may be kept is named, the password is not.
HALF_FILLED = {
    "display-keep": ["name", "mobile", "way"],
    "name": "王小明",
    "mobile": "13800001234",
    "way": "wechat",
    "password": "hunter2-hunter2",
    "display-language": "zh-hans",
}


@pytest.fixture(autouse=True)
def english(client):
    client.cookies["django_language"] = "en"
    yield
    translation.deactivate()


def test_the_language_can_be_switched(client):
    client.post("/display?next=/", {"display-language": "zh-hans"})
    assert client.get("/").context["insurer_name"] == "榕树人寿"
    assert '<html lang="zh-Hans"' in client.get("/").text


def test_care_mode_is_remembered_until_it_is_switched_off(client):
    answer = client.post("/display?next=/showcase/", {"display-care": "on"})
    assert (answer.status_code, answer.url) == (302, "/showcase/")
    assert "data-care" in client.get("/").text
    client.post("/display?next=/", {"display-care": "off"})
    assert "data-care" not in client.get("/").text


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_is_remembered_until_the_device_decides_again(client, theme):
    client.post("/display?next=/", {"display-theme": theme})
    assert f'data-theme="{theme}"' in client.get("/").text
    client.post("/display?next=/", {"display-theme": "system"})
    assert "data-theme" not in client.get("/").text


def test_what_was_not_offered_is_not_remembered(client):
    answer = client.post("/display", {"display-theme": '"><script>', "display-care": "", "display-language": "xx"})
    assert (answer.url, list(answer.cookies)) == ("/", [])


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example/", "", "javascript:alert(1)"])
def test_a_choice_leads_nowhere_else(client, onward):
    assert client.post(f"/display?next={onward}", {"display-care": "on"}).url == "/"


def test_what_was_typed_comes_back_once_without_the_password(client):
    assert client.post(f"/display?next={FORM}", HALF_FILLED).url == FORM
    page = client.get(FORM)
    assert page.context["insurer_name"] == "榕树人寿"
    form = page.context["form"]
    assert [form[name].value() for name in ("name", "mobile", "way", "password")] == [None] * 4  # the request is over
    for kept in ('value="王小明"', 'value="13800001234"', 'value="wechat" required id="id_way_1" checked'):
        assert kept in page.text
    assert "hunter2" not in page.text
    assert "王小明" not in client.get(FORM).text


def test_what_was_typed_is_sealed_while_it_waits(client):
    client.post(f"/display?next={FORM}", HALF_FILLED)
    stored = Session.objects.get().get_decoded()
    assert "13800001234" not in str(stored)
    assert "hunter2" not in str(stored)


def test_what_was_typed_shows_on_its_own_page_only(client):
    client.post(f"/display?next={FORM}", HALF_FILLED)
    assert "王小明" not in client.get("/styleguide/").text
    assert "王小明" not in client.get(FORM).text


def test_too_much_is_not_kept_and_the_language_changes_all_the_same(client):
    client.post(f"/display?next={FORM}", HALF_FILLED | {"name": "王" * 40_000})
    page = client.get(FORM)
    assert page.context["insurer_name"] == "榕树人寿"
    assert "13800001234" not in page.text


@time_machine.travel("2026-05-17 12:00+08:00", tick=False)
@pytest.mark.parametrize(
    ("born", "offered"),
    [(date(1966, 5, 17), True), (date(1966, 5, 18), False), (date(1940, 1, 1), True), (None, False)],
)
def test_care_mode_is_offered_from_sixty_on(client, born, offered):
    client.force_login(MemberFactory(agrees=True, customer=CustomerFactory(birth_date=born)))
    assert ("Larger letters?" in client.get("/").text) is offered


def test_care_mode_is_offered_once(client):
    client.force_login(MemberFactory(agrees=True, customer=CustomerFactory(birth_date=date(1950, 1, 1))))
    client.post("/display?next=/", {"display-care": "off"})
    assert "Larger letters?" not in client.get("/").text


def test_a_visitor_and_a_member_without_a_customer_are_not_offered_it(client):
    assert "Larger letters?" not in client.get("/").text
    client.force_login(MemberFactory(agrees=True))
    assert "Larger letters?" not in client.get("/").text


def test_the_sheet_shows_what_is_chosen(client):
    client.cookies["theme"] = "dark"
    page = client.get("/display?next=/showcase/")
    assert 'action="/display?next=/showcase/"' in page.text
    assert page.context["theme"] == "dark"
