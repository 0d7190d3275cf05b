"""Members with points who redeem them on the web, for tests."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from members.models import Member
from points.models import Redemption
from tests.factories import MemberFactory
from tests.members.accounts import verified
from tests.points.reward_cast import earn
from tests.portal.proving import has_proved


@pytest.fixture(name="alice")
def alice_with_points(client):
    """Verified, signed in, with points, and has just typed in a code."""
    return signed_in(client)


def signed_in(client, points=10_000):
    member = verified(MemberFactory(agrees=True, mobile=f"+8613812{Member.objects.count():06d}"))
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


def key_on(page):
    """What tells the form of this page from any other."""
    return re.search(r'name="key" value="(\w+)"', page.text)[1]


def confirm(client, sku):
    """Presses the button of the page that shows everything once more."""
    return press(client, sku, key_on(client.get(f"/points/rewards/{sku}/redeem")))


def press(client, sku, key):
    return client.post(f"/points/rewards/{sku}/redeem", {"key": key}, headers={"Accept-Language": "en"})


def redeemed(client, sku, **given):
    assert choose(client, sku, **given).url == f"/points/rewards/{sku}/redeem"
    answer = confirm(client, sku)
    assert answer.status_code == 302, answer.text
    return Redemption.objects.get(pk=answer.url.rpartition("/")[2])
