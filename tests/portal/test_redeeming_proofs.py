"""Whoever redeems on the web has proved lately who they are, and nobody else sees anything of it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from members.models import ActionPolicy, Member
from points.models import Redemption, VoucherShowing
from tests.points.conftest import rewards  # noqa: F401  # fixture
from tests.points.reward_cast import IQIYI, PHONE, TELEDOC, fill_pool
from tests.portal.proving import has_proved
from tests.portal.redeeming import alice_with_points, choose, confirm, key_on, later, press, redeemed, shown, signed_in  # noqa: F401  # fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rewards")]


def test_whoever_has_not_proved_it_lately_does_and_comes_back_to_what_they_chose(client, alice):
    choose(client, IQIYI, mobile="138 1234 5678")
    with later():
        answer = client.get(f"/points/rewards/{IQIYI}/redeem")
        reward = f"%2Fpoints%2Frewards%2F{IQIYI}"
        assert answer.url == f"/account/confirm?next={reward}%2Fredeem&back={reward}"
        # The page that asks for the proof would only ask for it again.
        assert f'class="back" href="/points/rewards/{IQIYI}"' in shown(client, answer.url)
        has_proved(client, alice)
        page = shown(client, f"/points/rewards/{IQIYI}/redeem")
        assert "ending in 5678" in page
        confirm(client, IQIYI)
    assert Redemption.objects.get().mobile == "+8613812345678"


def test_a_proof_that_ran_out_while_reading_is_asked_for_again(client, alice):
    choose(client, PHONE)
    key = key_on(client.get(f"/points/rewards/{PHONE}/redeem"))
    with later():
        answer = press(client, PHONE, key)
    assert answer.url.startswith("/account/confirm?next=%2Fpoints%2Frewards%2FPHONE-10%2Fredeem")
    assert not Redemption.objects.exists()


@pytest.mark.parametrize("back", ["https://bad.example/", "//bad.example/", "javascript:alert(1)", ""])
def test_whoever_turns_back_goes_nowhere_else(client, alice, back):
    assert 'class="back" href="/me"' in shown(client, f"/account/confirm?next=/points&back={back}")


def test_whoever_turns_back_from_a_face_check_goes_to_the_reward(client, alice):
    ActionPolicy.objects.create(
        action="points.redeem", level=2, factors=["face"], entrances=["web"], approved_at=timezone.now()
    )
    choose(client, PHONE)
    answer = client.get("/points/rewards/PHONE-10/redeem")
    assert answer.url.startswith("/me/level/face?next=%2Fpoints%2Frewards%2FPHONE-10%2Fredeem")
    assert 'class="back" href="/points/rewards/PHONE-10"' in shown(client, answer.url)


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
