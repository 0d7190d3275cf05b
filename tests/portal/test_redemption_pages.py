"""Where a redemption stands: its code, what the provider said, and calling it off."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.actions.merge_accounts import join_accounts
from members.entrances import Entrance
from members.models import ActionPolicy
from points.actions.fulfil_redemption import claim, settle
from points.models import Redemption, VoucherShowing
from points.queries import balance_of
from points.rewards.providers import Answer, Outcome
from tests.factories import MemberFactory
from tests.members.accounts import proved
from tests.points.conftest import rewards  # noqa: F401  # fixture
from tests.points.reward_cast import (
    DONATE,
    IQIYI,
    PHONE,
    TELEDOC,
    change,
    fill_pool,
    give_back,
    make_project,
    redeem,
)
from tests.portal.redeeming import alice_with_points, choose, confirm, later, redeemed, shown  # noqa: F401  # fixture
from tests.portal.test_member_api import App

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rewards")]


def test_a_code_is_shown_by_pressing_after_a_fresh_proof_and_recorded(client, alice):
    change("JDECARD-50", limit_count=None, limit_period="")
    fill_pool("JDECARD-50", "JD-SECRET,1234", header="code,password")
    made = redeemed(client, "JDECARD-50")
    path = f"/points/redemptions/{made.pk}"
    assert "JD-SECRET" not in shown(client, path)
    with later():
        answer = client.post(f"{path}/code")
    page = path.replace("/", "%2F")
    assert answer.url == f"/account/confirm?next={page}&back={page}"
    assert f'class="back" href="{path}"' in shown(client, answer.url)
    assert not VoucherShowing.objects.exists()
    answer = client.post(f"{path}/code", headers={"Accept-Language": "en"})
    assert "JD-SECRET" in answer.text and "1234" in answer.text and "no-store" in answer["Cache-Control"]
    assert VoucherShowing.objects.get().entrance == "web"
    page = shown(client, path)
    assert "JD-SECRET" not in page and "The code was shown" in page


def test_however_often_a_code_is_shown_it_is_one_line(client, alice):
    fill_pool(TELEDOC, "TD-1")
    path = f"/points/redemptions/{redeemed(client, TELEDOC).pk}"
    for _ in range(3):
        client.post(f"{path}/code")
    page = shown(client, path)
    assert page.count("The code was shown") == 1 and "The code was shown 3 times, last" in page


def test_a_code_can_be_copied_or_selected(client, alice):
    fill_pool(TELEDOC, "TD-1")
    page = client.post(f"/points/redemptions/{redeemed(client, TELEDOC).pk}/code").text
    assert 'id="code" class="figure-large to-copy" translate="no">TD-1<' in page
    assert 'data-copies="code"' in page and "copying" in page


def test_what_was_redeemed_is_a_tap_away_from_what_was_booked(client, alice):
    fill_pool(TELEDOC, "TD-1")
    code, given = redeemed(client, TELEDOC), redeemed(client, DONATE, project=make_project().pk)
    page = shown(client, "/points/history")
    assert f'href="/points/redemptions/{code.pk}"' in page and f'href="/points/redemptions/{given.pk}"' in page
    assert "Redeemed: Telephone doctor" in page and "Given: Donate 100 points" in page
    bookings = App(alice)("GET", "me/points/history")["bookings"]
    assert [booking["redemption_id"] for booking in bookings] == [given.pk, code.pk, None]


@pytest.mark.parametrize(
    ("sku", "short", "rest"),
    [
        (TELEDOC, "Your code is here", "Show it where you use it"),
        ("FESTIVAL-SEAT", "Your seat is kept", "Show it at the entrance"),
        ("YOUKU-M1", "Your code is here", "Enter it with the provider"),
        ("JDECARD-50", "Your code is here", "nobody but the shop"),
        (DONATE, "Thank you for giving", "the company pays CNY 1.00 to the charity"),
    ],
)
def test_what_was_delivered_is_told_by_what_it_is(client, alice, sku, short, rest):
    if sku == DONATE:
        made = redeemed(client, sku, project=make_project().pk)
    else:
        fill_pool(sku, "CODE-1")
        made = redeemed(client, sku)
    page = shown(client, f"/points/redemptions/{made.pk}")
    assert short in page and rest in page
    assert short in shown(client, "/points/redemptions")


@pytest.mark.parametrize(("sku", "words"), [(PHONE, "The credit went to"), (IQIYI, "sign in with this number there")])
def test_a_top_up_is_told_by_what_was_topped_up(client, alice, sku, words):
    made = redeemed(client, sku)
    settle(is_new=False, redemption_id=made.pk, attempt=0, answer=Answer(Outcome.DELIVERED))
    page = shown(client, f"/points/redemptions/{made.pk}")
    assert "It has come" in page and words in page


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
    assert Redemption.objects.get().state == Redemption.State.FULFILLING and not VoucherShowing.objects.exists()


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
        (Outcome.REFUSED, "Your 1,000 Banyan Beans are free again", False),
        (Outcome.UNCERTAIN, "On its way", True),
    ],
)
def test_the_page_says_what_the_provider_said(client, alice, outcome, words, polls):
    made = redeemed(client, PHONE)
    answered(made, outcome)
    page = shown(client, f"/points/redemptions/{made.pk}")
    assert words in page and ("data-follow=" in page) == polls == ("follow.js" in page)


def answered(made, outcome):
    claimed, is_new = claim(made.pk)
    settle(is_new=is_new, redemption_id=made.pk, attempt=claimed.attempts, answer=Answer(outcome))


def test_while_the_provider_is_too_busy_no_time_is_promised(client, alice):
    path = f"/points/redemptions/{redeemed(client, PHONE).pk}"
    assert "minute" not in shown(client, path)
    answered(Redemption.objects.get(), Outcome.NOT_TAKEN)
    page = shown(client, path)
    assert "The provider has not taken it yet" in page and "minute" not in page and "data-follow=" in page
    assert "Waiting for the provider" in shown(client, "/points/redemptions")
    assert "Until it is taken you can call it off" in page and ">Call it off<" in page
    answer = client.post(f"{path}/cancel", follow=True, headers={"Accept-Language": "en"})
    assert "It is called off" in answer.text and balance_of(alice.pk).available == 10_000


def test_what_the_provider_may_have_is_said_to_be_beyond_calling_off(client, alice):
    made = redeemed(client, PHONE)
    claim(made.pk)
    page = shown(client, f"/points/redemptions/{made.pk}")
    assert "The provider is about it, so it can&#x27;t be called off now" in page and ">Call it off<" not in page
    answer = client.post(f"/points/redemptions/{made.pk}/cancel", follow=True, headers={"Accept-Language": "en"})
    assert "can&#x27;t be called off now" in answer.text and balance_of(alice.pk).held == 1_000
    assert "On its way" in shown(client, "/points/redemptions")


def test_a_donation_is_given_and_not_delivered(client, alice):
    choose(client, DONATE, project=make_project().pk)
    for page in (
        shown(client, f"/points/rewards/{DONATE}/redeem"),
        shown(client, f"/points/redemptions/{redeemed(client, DONATE, project=make_project().pk).pk}"),
    ):
        assert "<dt>Given to</dt>" in page and "Goes to" not in page


def test_doubt_is_explained_and_nothing_is_lost(client, alice):
    made = redeemed(client, PHONE)
    with time_machine.travel(timezone.now() + timedelta(hours=7)):
        settle(is_new=False, redemption_id=made.pk, attempt=0, answer=Answer(Outcome.UNCERTAIN))
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
    assert "can&#x27;t be called off now" in answer.text


def test_what_is_given_back_in_part_is_said_and_the_code_stays(client, alice):
    fill_pool(TELEDOC, "TD-1")
    made = redeemed(client, TELEDOC)
    give_back(made, 300, reason="no_good")
    page = shown(client, f"/points/redemptions/{made.pk}")
    assert "Your code is here" in page and "Show the code" in page
    assert "300 Banyan Beans were given back" in page and "it did not work" in page
    assert "Your code is here" in shown(client, "/points/redemptions")


def test_what_is_given_back_whole_has_neither_code_nor_certificate(client, alice):
    fill_pool(TELEDOC, "TD-1")
    code, donation = redeemed(client, TELEDOC), redeemed(client, DONATE, project=make_project().pk)
    for made, button in ((code, "Show the code"), (donation, "Download the certificate")):
        assert button in shown(client, f"/points/redemptions/{made.pk}")
        give_back(made, reason="other")
        page = shown(client, f"/points/redemptions/{made.pk}")
        assert "Given back" in page and "We have given you all" in page and button not in page
        assert "something else" not in page
    assert shown(client, "/points/redemptions").count(">Given back<") == 2
    shown(client, f"/points/redemptions/{donation.pk}/certificate", status=404)


def test_the_history_says_what_was_given_back_and_why(client, alice):
    made = redeemed(client, PHONE)
    settle(is_new=True, redemption_id=made.pk, attempt=0, answer=Answer(Outcome.DELIVERED))
    give_back(made)
    page = shown(client, "/points/history")
    assert "Given back: Phone credit CNY 10" in page and "it did not arrive" in page


def test_what_was_redeemed_is_listed_page_by_page(client, alice):
    change(PHONE, limit_count=None, limit_period="", cost_points=1)
    proved(alice)
    made = [redeem(alice, PHONE).pk for _ in range(21)]
    newest = shown(client, "/points/redemptions")
    assert newest.count('class="cell"') == 20 and f"?before={made[1]}" in newest and "To the newest" not in newest
    older = shown(client, f"/points/redemptions?before={made[1]}")
    assert f"/points/redemptions/{made[0]}" in older and "To the newest" in older and ">Older<" not in older
    assert "This is the beginning." in shown(client, f"/points/redemptions?before={made[0]}")
    shown(client, "/points/redemptions?before=seven")
