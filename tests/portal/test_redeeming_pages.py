"""Redeeming on the web and in the app: chosen, proved, confirmed, and where it stands; every refusal is explained."""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from wagtail.images.models import Image
from wagtail.images.tests.utils import get_test_image_file

from members.actions.merge_accounts import join_accounts
from members.entrances import Entrance
from members.models import ActionPolicy, Level, Member
from members.sessions import session_of
from points import refusals as ledger
from points.actions.fulfil_redemption import settle
from points.models import Hold, Redemption, Reward, VoucherShowing
from points.queries import balance_of
from points.rewards import refusals
from points.rewards.providers import Answer, Outcome
from portal.member_api import ANSWERS, explanation
from portal.reward_words import TITLES, explained, in_short, why
from tests.factories import MemberFactory
from tests.members.accounts import proved, verified
from tests.pdf_text import text_of
from tests.points.conftest import rewards  # noqa: F401  # fixture
from tests.points.reward_cast import DONATE, IQIYI, JD_100, PHONE, TELEDOC, change, earn, fill_pool, make_project
from tests.portal.proving import has_proved
from tests.portal.test_member_api import App

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rewards")]
State = Redemption.State


@pytest.fixture
def alice(client):
    """Verified, signed in, with points, and has just typed in a code."""
    return signed_in(client)


def signed_in(client, points=10_000, *, level=verified):
    member = level(MemberFactory(agrees=True, mobile=f"+8613812{Member.objects.count():06d}"))
    client.force_login(member)
    has_proved(client, member)
    return earn(member, points) if points else member


def later():
    """When what was proved is too old."""
    return time_machine.travel(timezone.now() + timedelta(minutes=6))


def shown(client, path, status=200):
    answer = client.get(path, headers={"Accept-Language": "en"})
    assert answer.status_code == status, answer
    return " ".join(answer.text.split())


def choose(client, sku, **given):
    return client.post(f"/points/rewards/{sku}", given, headers={"Accept-Language": "en"})


def confirm(client, sku, **other):
    """Presses the button of the page that shows everything once more."""
    page = client.get(f"/points/rewards/{sku}/redeem")
    key = re.search(r'name="key" value="(\w+)"', page.text)
    return client.post(f"/points/rewards/{sku}/redeem", {"key": key[1]} | other, headers={"Accept-Language": "en"})


def redeemed(client, sku, **given):
    assert choose(client, sku, **given).url == f"/points/rewards/{sku}/redeem"
    answer = confirm(client, sku)
    assert answer.status_code == 302, answer.text
    return Redemption.objects.get(pk=answer.url.rpartition("/")[2])


# ---- the list


def test_it_works(client, alice):
    fill_pool(TELEDOC, "TD-1")
    page = shown(client, "/points/rewards")
    assert ('href="/points/rewards/PHONE-10"' in page and "twice a month" in page) or "2 times a month" in page
    made = redeemed(client, PHONE)
    assert (made.state, made.mobile, made.entrance) == (State.FULFILLING, alice.mobile, "web")
    page = shown(client, f"/points/redemptions/{made.pk}")
    assert "On its way" in page and 'hx-trigger="every 3s"' in page
    assert f"ending in {alice.mobile[-4:]}" in page and alice.mobile[-11:] not in page
    assert f'href="/points/redemptions/{made.pk}"' in shown(client, "/points/redemptions")


@pytest.mark.parametrize(
    ("query", "there", "absent"),
    [
        ("?kind=donation", [DONATE], [PHONE, TELEDOC]),
        ("?now=1", [PHONE, DONATE], [JD_100, "JDECARD-200"]),
        ("?now=1&kind=phone_credit", [PHONE], ["PHONE-50", DONATE]),
    ],
)
def test_the_list_shows_one_kind_or_what_can_be_had_now(client, alice, query, there, absent):
    make_project()
    page = shown(client, f"/points/rewards{query}")
    listed = re.findall(r'href="/points/rewards/([\w-]+)"', page)
    assert [sku for sku in there if sku not in listed] == [sku for sku in absent if sku in listed] == []


def test_there_is_no_such_kind_and_no_such_reward(client, alice):
    shown(client, "/points/rewards?kind=gold", 404)
    shown(client, "/points/rewards/GOLD-BAR", 404)
    assert choose(client, "GOLD-BAR").status_code == 404


def test_what_is_not_for_one_yet_says_why_and_leads_there(client, alice):
    fill_pool(JD_100, "A")
    page = shown(client, f"/points/rewards/{JD_100}")
    assert "One step first" in page and 'href="/me/level/face?next=%2Fpoints%2Frewards%2FJDECARD-100"' in page
    assert "95500" in page and "Go on</button>" not in page
    assert choose(client, JD_100).status_code == 200  # nobody gets past the page by posting to it
    assert "after the face check" in shown(client, "/points/rewards")


def test_what_was_taken_off_the_list_is_explained(client, alice):
    change(PHONE, is_on_sale=False)
    assert "Not to be had at present" in shown(client, f"/points/rewards/{PHONE}", 404)
    change(PHONE, is_on_sale=True, on_sale_until=timezone.now())
    assert "This offer has ended" in shown(client, f"/points/rewards/{PHONE}", 404)


# ---- choosing and confirming


def test_everything_is_shown_once_more_before_it_is_redeemed(client, alice):
    choose(client, PHONE)
    page = shown(client, f"/points/rewards/{PHONE}/redeem")
    assert "1,000 <" in page and "9,000 <" in page
    assert f"ending in {alice.mobile[-4:]}" in page and alice.mobile[-11:] not in page
    assert not Redemption.objects.exists()


def test_without_a_choice_there_is_nothing_to_confirm(client, alice):
    assert client.get(f"/points/rewards/{PHONE}/redeem").url == f"/points/rewards/{PHONE}"
    assert client.post(f"/points/rewards/{PHONE}/redeem", {"key": "x"}).url == f"/points/rewards/{PHONE}"


def test_pressed_twice_it_is_one_redemption(client, alice):
    choose(client, PHONE)
    first, again = confirm(client, PHONE), confirm(client, PHONE)
    assert first.url == again.url
    assert (Redemption.objects.count(), balance_of(alice.pk).held) == (1, 1_000)


def test_chosen_anew_it_is_another_one(client, alice):
    change(PHONE, limit_count=None, limit_period="")
    assert redeemed(client, PHONE) != redeemed(client, PHONE)


def test_a_choice_on_another_page_does_not_change_this_one(client, alice):
    choose(client, PHONE)
    page = client.get(f"/points/rewards/{PHONE}/redeem")
    old = re.search(r'name="key" value="(\w+)"', page.text)[1]
    choose(client, PHONE)
    answer = client.post(f"/points/rewards/{PHONE}/redeem", {"key": old})
    assert answer.url == f"/points/rewards/{PHONE}/redeem"
    assert not Redemption.objects.exists()


def test_a_membership_goes_to_the_number_that_is_given_or_to_the_own(client, alice):
    change(IQIYI, limit_count=None, limit_period="")
    answer = choose(client, IQIYI, mobile="138")
    assert answer.status_code == 200 and "not a mobile number" in answer.text and 'value="138"' in answer.text
    assert redeemed(client, IQIYI, mobile="138 1234 5678").mobile == "+8613812345678"
    assert redeemed(client, IQIYI, mobile="").mobile == alice.mobile


def test_the_number_of_another_is_not_legible_in_the_session(client, alice):
    choose(client, IQIYI, mobile="138 1234 5678")
    assert "12345678" not in json.dumps(dict(client.session.items()), default=str)


def test_a_donation_has_a_project_and_a_certificate(client, alice):
    project = make_project()
    answer = choose(client, DONATE)
    assert "Please choose whom it is for." in answer.text
    made = redeemed(client, DONATE, project=project.pk)
    page = shown(client, f"/points/redemptions/{made.pk}")
    assert "Thank you" in page and "CNY 1.00" in page and made.donation.certificate_no in page
    answer = client.get(f"/points/redemptions/{made.pk}/certificate", headers={"Accept-Language": "en"})
    text = text_of(answer.content)
    assert made.donation.certificate_no in text and "Village libraries" in text and "王小明" in text
    assert "no-store" in answer["Cache-Control"]


def test_the_price_that_changes_in_between_is_shown_anew(client, alice):
    choose(client, PHONE)
    page = client.get(f"/points/rewards/{PHONE}/redeem")
    change(PHONE, cost_points=1_200)
    key = re.search(r'name="key" value="(\w+)"', page.text)[1]
    answer = client.post(f"/points/rewards/{PHONE}/redeem", {"key": key}, headers={"Accept-Language": "en"})
    assert answer.status_code == 409 and "it is 1,200 points now" in answer.text and "95500" in answer.text
    assert client.get(f"/points/rewards/{PHONE}/redeem").url == f"/points/rewards/{PHONE}"
    assert not Redemption.objects.exists() and not Hold.objects.exists()


# ---- who it is


def test_whoever_has_not_proved_it_lately_does_and_comes_back_to_what_they_chose(client, alice):
    choose(client, IQIYI, mobile="138 1234 5678")
    with later():
        answer = client.get(f"/points/rewards/{IQIYI}/redeem")
        assert answer.url == f"/account/confirm?next=%2Fpoints%2Frewards%2F{IQIYI}%2Fredeem"
        has_proved(client, alice)
        page = shown(client, f"/points/rewards/{IQIYI}/redeem")
        assert "ending in 5678" in page
        confirm(client, IQIYI)
    assert Redemption.objects.get().mobile == "+8613812345678"


def test_a_proof_that_ran_out_while_reading_is_asked_for_again(client, alice):
    choose(client, PHONE)
    page = client.get(f"/points/rewards/{PHONE}/redeem")
    key = re.search(r'name="key" value="(\w+)"', page.text)[1]
    with later():
        answer = client.post(f"/points/rewards/{PHONE}/redeem", {"key": key})
    assert answer.url.startswith("/account/confirm?next=%2Fpoints%2Frewards%2FPHONE-10%2Fredeem")
    assert not Redemption.objects.exists()


def test_a_proof_may_be_for_this_very_redemption(client, alice):
    ActionPolicy.objects.create(
        action="points.redeem", level=2, factors=["code"], bound=True, entrances=["web"], approved_at=timezone.now()
    )
    choose(client, PHONE)
    answer = confirm(client, PHONE)
    request = bytes.fromhex(answer.url.partition("for=")[2])
    assert len(request) == 32
    has_proved(client, alice, request=request)
    assert confirm(client, PHONE).url.startswith("/points/redemptions/")
    assert Redemption.objects.count() == 1


def test_after_a_change_of_phone_one_waits(client, alice):
    choose(client, PHONE)
    Member.objects.update(cooling_until=timezone.now() + timedelta(hours=2))
    assert "Please wait a little" in shown(client, f"/points/rewards/{PHONE}/redeem", 403)


def test_a_stranger_sees_nothing_of_it(client, alice):
    fill_pool(TELEDOC, "SECRET-CODE")
    made = redeemed(client, TELEDOC)
    bob = Client()
    signed_in(bob)
    for path in ("", "/certificate"):
        shown(bob, f"/points/redemptions/{made.pk}{path}", 404)
    for path in ("/code", "/cancel"):
        assert bob.post(f"/points/redemptions/{made.pk}{path}").status_code == 404
    assert "Nothing yet" in shown(bob, "/points/redemptions")
    assert not VoucherShowing.objects.exists()


# ---- where it stands


def test_a_code_is_shown_by_pressing_after_a_fresh_proof_and_recorded(client, alice):
    change("JDECARD-50", limit_count=None, limit_period="")
    fill_pool("JDECARD-50", "JD-SECRET,1234", header="code,password")
    made = redeemed(client, "JDECARD-50")
    path = f"/points/redemptions/{made.pk}"
    assert "JD-SECRET" not in shown(client, path)
    with later():
        answer = client.post(f"{path}/code")
    assert answer.url == f"/account/confirm?next={path.replace('/', '%2F')}"
    assert not VoucherShowing.objects.exists()
    answer = client.post(f"{path}/code", headers={"Accept-Language": "en"})
    assert "JD-SECRET" in answer.text and "1234" in answer.text and "no-store" in answer["Cache-Control"]
    assert VoucherShowing.objects.get().entrance == "web"
    page = shown(client, path)
    assert "JD-SECRET" not in page and "The code was shown" in page


def test_where_it_stands_is_drawn_without_opening_a_code(client, alice):
    fill_pool(TELEDOC, "TD-1")
    made = redeemed(client, TELEDOC)
    with CaptureQueriesContext(connection) as asked:
        assert "Show the code" in shown(client, f"/points/redemptions/{made.pk}")
        assert made.reward.name_en in shown(client, "/points/redemptions")
    assert [each["sql"] for each in asked if '"points_vouchercode"."code"' in each["sql"]] == []


def test_that_a_code_was_shown_goes_with_it_when_two_accounts_become_one(client, alice):
    fill_pool(TELEDOC, "TD-1")
    path = f"/points/redemptions/{redeemed(client, TELEDOC).pk}"
    client.post(f"{path}/code")
    bob = MemberFactory(agrees=True)
    join_accounts(kept=bob, closed=alice, entrance=Entrance.WEB)
    client.force_login(bob)
    assert "The code was shown" in shown(client, path)


@pytest.mark.parametrize("button", ["code", "cancel"])
def test_a_button_pressed_after_the_session_ran_out_leads_back_to_its_page(client, alice, button):
    made = redeemed(client, PHONE)
    path = f"/points/redemptions/{made.pk}"
    client.logout()
    asked = client.post(f"{path}/{button}").url
    assert asked == f"/sign-in?next={path}/{button}"
    client.force_login(alice)
    assert client.get(asked.partition("next=")[2]).url == path
    assert Redemption.objects.get().state == State.FULFILLING and not VoucherShowing.objects.exists()


def test_in_chinese_a_vouchers_code_is_not_called_like_one_that_proves_who_one_is(client, alice):
    fill_pool(TELEDOC, "A")
    made = redeemed(client, TELEDOC)
    answer = client.post(f"/points/redemptions/{made.pk}/code", headers={"Accept-Language": "zh-hans"})
    assert "<h2>您的券码</h2>" in answer.text and "验证码" not in answer.text


def test_what_needs_no_code_has_none_to_show(client, alice):
    made = redeemed(client, PHONE)
    answer = client.post(f"/points/redemptions/{made.pk}/code", follow=True, headers={"Accept-Language": "en"})
    assert "There is no code to show" in answer.text


@pytest.mark.parametrize(
    ("outcome", "words", "polls"),
    [
        (Outcome.DELIVERED, "It has come", False),
        (Outcome.REFUSED, "Your 1,000 points are free again", False),
        (Outcome.UNCERTAIN, "On its way", True),
    ],
)
def test_the_page_says_what_the_provider_said(client, alice, outcome, words, polls):
    made = redeemed(client, PHONE)
    settle(redemption_id=made.pk, attempt=0, answer=Answer(outcome))
    page = shown(client, f"/points/redemptions/{made.pk}")
    assert words in page and ("hx-trigger" in page) == polls


def test_doubt_is_explained_and_nothing_is_lost(client, alice):
    made = redeemed(client, PHONE)
    with time_machine.travel(timezone.now() + timedelta(hours=7)):
        settle(redemption_id=made.pk, attempt=0, answer=Answer(Outcome.UNCERTAIN))
    page = shown(client, f"/points/redemptions/{made.pk}")
    assert "We are looking into it" in page and "stay set aside" in page and "95500" in page


def test_what_is_held_back_can_be_called_off(client, alice):
    ActionPolicy.objects.create(
        action="points.redeem", level=2, factors=["code"], entrances=["web"], hold_hours=24, approved_at=timezone.now()
    )
    made = redeemed(client, PHONE)
    path = f"/points/redemptions/{made.pk}"
    assert "Call it off" in shown(client, path)
    assert "已提交，等待生效" in client.get(path, headers={"Accept-Language": "zh-hans"}).text
    answer = client.post(f"{path}/cancel", follow=True, headers={"Accept-Language": "en"})
    assert "It is called off" in answer.text and balance_of(alice.pk).available == 10_000
    answer = client.post(f"{path}/cancel", follow=True, headers={"Accept-Language": "en"})
    assert "can&#x27;t be called off any more" in answer.text


# ---- refusals


def every_refusal():
    reward, moment = Reward.objects.get(sku=PHONE), timezone.now()
    return [
        *(refusals.NotOffered(), refusals.NotYetOffered(moment), refusals.OfferEnded(moment), refusals.SoldOut()),
        *(refusals.LimitReached(reward, moment), refusals.RewardNeedsLevel(Level.ADVANCED, Level.VERIFIED)),
        *(refusals.NotOwnMobile(), refusals.MobileNeeded(), refusals.PriceChanged(5), refusals.ProjectNeeded()),
        *(refusals.TooLateToCancel(), refusals.NotDelivered(), ledger.InsufficientPoints(available=3, asked=10)),
        *(kind() for kind in ledger.LedgerRefusal.__subclasses__() if kind is not ledger.InsufficientPoints),
    ]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_refusal_says_what_why_and_what_to_do(language):
    assert {*refusals.RewardRefused.__subclasses__(), *ledger.LedgerRefusal.__subclasses__()} == {
        type(refusal) for refusal in every_refusal()
    }
    assert set(refusals.RewardRefused.__subclasses__()) <= set(TITLES)
    with translation.override(language):
        for refusal in every_refusal():
            words = explained(refusal, held=Level.VERIFIED, back_to="/points/rewards/X")
            assert words["title"] and words["why"] and words["href"] and words["action"]
            assert in_short(refusal)
            for text in (words["title"], words["why"], words["action"], in_short(refusal)):
                assert bool(re.search("[一-龥]", text)) == (language == "zh-hans"), text
            assert "posting" not in why(refusal).lower()


def test_the_app_has_a_code_and_words_for_every_refusal():
    codes = {}
    for refusal in every_refusal():
        status, body = explanation(refusal)
        assert status in (403, 409, 422) and body["error"]["detail"]
        codes.setdefault(body["error"]["code"], []).append(refusal)
    assert [code for code, which in codes.items() if len(which) > 1] == ["not_booked"]
    assert all(kind in ANSWERS for kind in refusals.RewardRefused.__subclasses__())


# ---- the app


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
    assert [each["id"] for each in app("GET", "me/redemptions")] == [made["id"]]
    assert app("POST", f"me/redemptions/{made['id']}/showings")["code"] == "TD-1"
    assert (app.status, VoucherShowing.objects.get().entrance) == (201, "app")
    assert Redemption.objects.get().entrance == "app"


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


def test_the_picture_that_staff_chose_is_shown_to_members(client, alice):
    assert client.get(f"/points/rewards/{PHONE}/picture").status_code == 404
    change(PHONE, picture=Image.objects.create(title="phone", file=get_test_image_file(size=(640, 480))))
    assert f'src="/points/rewards/{PHONE}/picture"' in shown(client, f"/points/rewards/{PHONE}")
    answer = client.get(f"/points/rewards/{PHONE}/picture")
    assert answer["Content-Type"] == "image/webp" and b"".join(answer)[8:12] == b"WEBP"
    assert "private" in answer["Cache-Control"]
