"""Redeeming on the web: a reward is found, chosen, and confirmed once."""

import json
import re

import pytest
from django.utils import timezone
from wagtail.images.models import Image
from wagtail.images.tests.utils import get_test_image_file

from points.models import Hold, Redemption
from points.queries import balance_of
from tests.pdf_text import text_of
from tests.points.conftest import rewards  # noqa: F401  # fixture
from tests.points.reward_cast import DONATE, IQIYI, JD_100, PHONE, TELEDOC, change, fill_pool, make_project
from tests.portal.redeeming import (
    alice_with_points,  # noqa: F401  # fixture
    choose,
    confirm,
    key_on,
    press,
    redeemed,
    shown,
    signed_in,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rewards")]


def test_it_works(client, alice):
    fill_pool(TELEDOC, "TD-1")
    page = shown(client, "/points/rewards")
    assert ('href="/points/rewards/PHONE-10"' in page and "twice a month" in page) or "2 times a month" in page
    made = redeemed(client, PHONE)
    assert (made.state, made.mobile, made.entrance) == (Redemption.State.FULFILLING, alice.mobile, "web")
    page = shown(client, f"/points/redemptions/{made.pk}")
    assert "Waiting for the provider" in page and 'data-follow="/points/redemptions/' in page
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
    page = client.get(f"/points/rewards{query}", headers={"Accept-Language": "en"}).text.partition("<main")[2]
    assert page.index("You can use now") < page.index('aria-label="What to show"')
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


def test_who_lacks_a_level_and_points_is_told_of_both(client):
    signed_in(client, points=900)
    assert "You also need 4,100 Banyan Beans more." in shown(client, "/points/rewards/PHONE-50")
    assert "after the face check · 4,100 more needed" in shown(client, "/points/rewards")


def test_what_was_taken_off_the_list_is_explained(client, alice):
    change(PHONE, is_on_sale=False)
    assert "Not to be had at present" in shown(client, f"/points/rewards/{PHONE}", 404)
    change(PHONE, is_on_sale=True, on_sale_until=timezone.now())
    assert "This offer has ended" in shown(client, f"/points/rewards/{PHONE}", 404)


def test_the_picture_that_staff_chose_is_shown_to_members(client, alice):
    assert client.get(f"/points/rewards/{PHONE}/picture").status_code == 404
    change(PHONE, picture=Image.objects.create(title="phone", file=get_test_image_file(size=(640, 480))))
    assert f'src="/points/rewards/{PHONE}/picture"' in shown(client, f"/points/rewards/{PHONE}")
    answer = client.get(f"/points/rewards/{PHONE}/picture")
    assert answer["Content-Type"] == "image/webp" and b"".join(answer)[8:12] == b"WEBP"
    assert "private" in answer["Cache-Control"]


def test_everything_is_shown_once_more_before_it_is_redeemed(client, alice):
    choose(client, PHONE)
    page = shown(client, f"/points/rewards/{PHONE}/redeem")
    assert "1,000 <" in page and "9,000 <" in page
    assert f"ending in {alice.mobile[-4:]}" in page and alice.mobile[-11:] not in page
    assert not Redemption.objects.exists()


def test_without_a_choice_there_is_nothing_to_confirm(client, alice):
    assert client.get(f"/points/rewards/{PHONE}/redeem").url == f"/points/rewards/{PHONE}"
    assert press(client, PHONE, "x").url == f"/points/rewards/{PHONE}"


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
    old = key_on(client.get(f"/points/rewards/{PHONE}/redeem"))
    choose(client, PHONE)
    answer = press(client, PHONE, old)
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
    key = key_on(client.get(f"/points/rewards/{PHONE}/redeem"))
    change(PHONE, cost_points=1_200)
    answer = press(client, PHONE, key)
    assert answer.status_code == 409 and "it is 1,200 Banyan Beans now" in answer.text and "95500" in answer.text
    assert client.get(f"/points/rewards/{PHONE}/redeem").url == f"/points/rewards/{PHONE}"
    assert not Redemption.objects.exists() and not Hold.objects.exists()
