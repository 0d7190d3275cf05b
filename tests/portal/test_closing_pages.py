"""Leaving, on the web: what is said first, the proof, and staying after all."""

import pytest
from django.urls import reverse

from members.actions.close_account import closure_request
from members.models import AccountClosure
from tests.factories import MemberFactory
from tests.portal.proving import has_proved

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client):
    member = MemberFactory(agrees=True)
    client.force_login(member)
    return member


def test_what_follows_is_said_before(client, alice):
    page = client.get(reverse("close-account")).text
    assert "微信" in page
    assert "15 天" in page


def test_closing_asks_who_it_is_for_this_very_request(client, alice):
    has_proved(client, alice)
    led = client.post(reverse("close-account"))["Location"]
    assert f"for={closure_request(alice).hex()}" in led
    assert not AccountClosure.objects.exists()


def test_an_account_closes_in_a_while_and_may_be_kept(client, alice):
    has_proved(client, alice, request=closure_request(alice))
    assert client.post(reverse("close-account"))["Location"] == reverse("close-account")
    assert AccountClosure.objects.pending().get().member == alice
    page = client.get(reverse("close-account")).text
    assert reverse("keep-account") in page
    assert "保留账户" in page
    assert "很高兴您留下" in client.post(reverse("keep-account"), follow=True).text
    assert not AccountClosure.objects.pending().exists()


def test_keeping_what_is_not_closing_does_nothing(client, alice):
    assert client.post(reverse("keep-account"))["Location"] == reverse("me")


def test_an_obstacle_is_named_and_takes_the_button_away(client):
    member = MemberFactory(agrees=True, is_staff=True)
    client.force_login(member)
    page = client.get(reverse("close-account"))
    assert "需要先处理" in page.text
    assert page.context["obstacles"]
    has_proved(client, member, request=closure_request(member))
    assert client.post(reverse("close-account"), follow=True).context["obstacles"]
    assert not AccountClosure.objects.exists()
