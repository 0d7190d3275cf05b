"""What staff see of rewards without having asked: what runs low; and what no page of theirs opens."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.roles import Role
from points.actions.change_reward import Restock, change_reward
from points.models import Reward
from tests.members.accounts import staff
from tests.points.reward_cast import PHONE, TELEDOC, change, fill_pool, redeem, redeemer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rewards")]
LOW = "Rewards that run low"


@pytest.fixture
def manager():
    client = Client(headers={"accept-language": "en"})
    client.member = staff(Role.BENEFITS_MANAGER)
    client.force_login(client.member, backend="members.backends.MobileBackend")
    return client


def seen(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.text


def test_a_stock_that_runs_low_stands_on_the_first_page_until_there_is_more(manager):
    home = reverse("wagtailadmin_home")
    change(PHONE, stock=4, alert_below=3)
    assert LOW not in seen(manager, home)
    redeem(redeemer(), PHONE)
    page = seen(manager, home)
    assert LOW in page and "Voucher pools that run low" not in page
    listed = f"{reverse('rewards:index')}?is_on_sale=True"
    assert listed in page and PHONE in seen(manager, listed)
    phone = Reward.objects.get(sku=PHONE)
    change_reward(reward=phone, fields={}, restock=Restock(3, 50), prices={}, by=manager.member)
    assert LOW not in seen(manager, home)


def test_no_page_of_staff_opens_a_code(manager):
    fill_pool(TELEDOC, "TOP-SECRET")
    made = redeem(redeemer(), TELEDOC)
    with CaptureQueriesContext(connection) as asked:
        assert "Code shown to the member" in seen(manager, reverse("redemptions:inspect", args=[made.pk]))
        seen(manager, reverse("redemptions:index"))
    assert [each["sql"] for each in asked if '"points_vouchercode"."code"' in each["sql"]] == []
