"""Redeeming in the app: under a key of its own, with what is wrong and where."""

import json

import pytest
from django.test import Client

from members.sessions import session_of
from points.models import Redemption, VoucherShowing
from points.rewards.history import redeemed_page
from tests.members.accounts import proved
from tests.points.conftest import rewards  # noqa: F401  # fixture
from tests.points.reward_cast import (
    DONATE,
    IQIYI,
    JD_100,
    PHONE,
    TELEDOC,
    change,
    fill_pool,
    give_back,
    make_project,
    redeem,
    redeemer,
)
from tests.portal.redeeming import alice_with_points, later, signed_in  # noqa: F401  # fixture
from tests.portal.test_member_api import App

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rewards")]


@pytest.fixture
def app(alice):
    return KeyedApp(alice)


class KeyedApp(App):
    """An app that sends a key along."""

    def __init__(self, member):
        super().__init__(member)
        proved(member, session=session_of(self.token))

    def redeem(self, sku, *, key="k1", **body):
        headers = {"X-Session-Token": self.token, "Accept-Language": "en"}
        if key is not None:
            headers["Idempotency-Key"] = key
        answer = self.http.post(
            f"/api/v1/me/rewards/{sku}/redemptions", json.dumps(body), content_type="application/json", headers=headers
        )
        self.status, self.headers = answer.status_code, answer.headers
        return answer.json()


def test_the_app_redeems_and_is_told_where_it_stands(app, alice):
    fill_pool(TELEDOC, "TD-1")
    offers = {offer["sku"]: offer for offer in app("GET", "me/rewards")}
    assert offers[TELEDOC]["obstacle"] is None and offers[JD_100]["obstacle"]["code"] == "level_needed"
    made = app.redeem(TELEDOC, points=800)
    assert (app.status, made["state"], made["has_code"]) == (201, "delivered", True)
    assert app("GET", f"me/redemptions/{made['id']}")["state_name"] == "you have it"
    listed = app("GET", "me/redemptions")
    assert ([each["id"] for each in listed["redemptions"]], listed["next_before"]) == ([made["id"]], None)
    assert app("POST", f"me/redemptions/{made['id']}/showings")["code"] == "TD-1"
    assert (app.status, VoucherShowing.objects.get().entrance) == (201, "app")
    assert Redemption.objects.get().entrance == "app"


def test_what_was_redeemed_is_listed_twenty_at_a_time(app, alice, django_assert_num_queries):
    change(PHONE, limit_count=None, limit_period="", cost_points=1)
    proved(alice)
    made = [redeem(alice, PHONE).pk for _ in range(41)]
    # Two at one moment are told apart.
    Redemption.objects.filter(pk__in=made[19:23]).update(asked_at=Redemption.objects.get(pk=made[20]).asked_at)
    pages, before = [], ""
    while before is not None:
        page = app("GET", f"me/redemptions{before and f'?before={before}'}")
        pages.append([each["id"] for each in page["redemptions"]])
        before = page["next_before"]
    assert [len(page) for page in pages] == [20, 20, 1]
    assert [pk for page in pages for pk in page] == made[::-1]
    others = redeem(redeemer(), PHONE).pk
    assert app("GET", f"me/redemptions?before={others}") == {"redemptions": [], "next_before": None}
    with django_assert_num_queries(2):
        assert redeemed_page(alice, before=made[30]).redemptions[0].redemption_id == made[29]


def test_the_app_is_told_what_was_given_back(app, alice):
    fill_pool(TELEDOC, "TD-1")
    made = app.redeem(TELEDOC, points=800)
    assert made["given_back"] == 0
    give_back(Redemption.objects.get())
    found = app("GET", f"me/redemptions/{made['id']}")
    assert (found["state"], found["given_back"], found["has_code"]) == ("delivered", 800, False)
    assert found["state_name"] == "points given back"
    assert app("POST", f"me/redemptions/{made['id']}/showings")["error"]["code"] == "not_delivered"


def test_no_answer_about_a_member_is_kept_on_its_way(app):
    fill_pool(TELEDOC, "TD-1")
    made = app.redeem(TELEDOC, points=800)
    said = [(app.status, app.headers["Cache-Control"])]
    asked = ["", "/points", "/points/history", "/rewards", "/redemptions", f"/redemptions/{made['id']}", "/history"]
    for method, path in [*(("GET", path) for path in asked), ("POST", f"/redemptions/{made['id']}/showings")]:
        app(method, f"me{path}")
        said.append((app.status, app.headers["Cache-Control"]))
    app.token = ""
    app("GET", "me/points")
    said.append((app.status, app.headers["Cache-Control"]))
    assert said == [(status, "private, no-store") for status in (201, *(200 for _ in asked), 201, 401)]


def test_the_same_key_is_one_redemption_and_for_something_else_a_conflict(app):
    make_project()
    fill_pool(TELEDOC, "A", "B")
    assert app.redeem(TELEDOC, points=800) == app.redeem(TELEDOC, points=800)
    assert app.redeem(PHONE, points=1_000)["error"]["code"] == "key_conflict"
    assert (app.status, Redemption.objects.count()) == (409, 1)


@pytest.mark.parametrize("key", [None, "", "k" * 101])
def test_the_app_sends_a_key(app, key):
    app.redeem(PHONE, key=key, points=1_000)
    assert app.status == 422 and not Redemption.objects.exists()


def test_the_app_steps_up_in_the_manner_of_rfc_9470(app):
    with later():
        answer = app.redeem(PHONE, points=1_000)
    assert app.status == 401 and answer["error"]["action"] == "points.redeem"
    assert 'acr_values="factor:code factor:passkey"' in app.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("sku", "body", "status", "code", "pointer"),
    [
        (PHONE, {"points": 900}, 409, "price_changed", "/points"),
        (PHONE, {"points": 1_000, "mobile": "13912345678"}, 422, "not_own_mobile", "/mobile"),
        (IQIYI, {"points": 2_500}, 422, "mobile_needed", "/mobile"),
        (DONATE, {"points": 100}, 422, "project_needed", "/project_id"),
        (TELEDOC, {"points": 800}, 409, "sold_out", ""),
        (JD_100, {"points": 10_000}, 403, "level_needed", ""),
        ("GOLD-BAR", {"points": 1}, 404, "no_such_reward", ""),
    ],
)
def test_the_app_is_told_what_is_wrong_and_where(app, sku, body, status, code, pointer):
    error = app.redeem(sku, **body)["error"]
    assert (app.status, error["code"], error["pointer"]) == (status, code, pointer)
    assert error["detail"] and not Redemption.objects.exists()


def test_of_too_few_points_the_app_is_told_how_many_are_missing(app, alice):
    client = Client()
    poor = KeyedApp(signed_in(client, 400))
    error = poor.redeem(PHONE, points=1_000)["error"]
    assert (poor.status, error["code"]) == (409, "insufficient_points") and "600 points are missing" in error["detail"]
    none = KeyedApp(signed_in(Client(), 0))
    assert none.redeem(PHONE, points=1_000)["error"]["code"] == "insufficient_points"


def test_of_another_member_the_app_is_told_nothing(app, alice):
    fill_pool(TELEDOC, "A")
    made = app.redeem(TELEDOC, points=800)
    bob = KeyedApp(signed_in(Client()))
    for method, path in (("GET", ""), ("POST", "/showings"), ("POST", "/cancellation")):
        assert bob(method, f"me/redemptions/{made['id']}{path}")["error"]["code"] == "no_such_redemption"
        assert bob.status == 404
