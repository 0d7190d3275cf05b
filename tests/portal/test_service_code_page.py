"""A code that our people have sent leads to what the member then does alone."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from members.actions.send_service_code import CODE_LASTS, hash_of
from members.entrances import Entrance
from members.models import ServiceCode
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
Purpose = ServiceCode.Purpose
CODE = "123456"


@pytest.fixture
def alice(client):
    member = MemberFactory(agrees=True)
    client.force_login(member)
    return member


def sent(member, purpose=Purpose.VERIFY_IDENTITY, ago=timedelta()):
    at = timezone.now() - ago
    return ServiceCode.objects.create(
        member=member,
        purpose=purpose,
        code_hash=hash_of(member, CODE),
        entrance=Entrance.COUNTER,
        sent_by=MemberFactory(is_staff=True),
        sent_at=at,
        expires_at=at + CODE_LASTS,
    )


def enter(client, code=CODE):
    return client.post(reverse("service-code"), {"code": code})


@pytest.mark.parametrize(
    ("purpose", "page"), [(Purpose.VERIFY_IDENTITY, "verify-identity"), (Purpose.VERIFY_FACE, "face-verify")]
)
def test_it_leads_where_our_people_said(client, alice, purpose, page):
    sent(alice, purpose)
    assert enter(client, "123 456")["Location"] == reverse(page)
    assert "验证码不对或已失效" in enter(client).text


def test_a_code_of_another_member_a_wrong_and_an_old_one_are_refused_alike(client, alice):
    sent(MemberFactory())
    of_another = enter(client)
    sent(alice, ago=CODE_LASTS + timedelta(minutes=1))
    old = enter(client)
    wrong = enter(client, "654321")
    for answer in (of_another, old, wrong):
        assert answer.status_code == 200
        assert "验证码不对或已失效" in answer.text


def test_guesses_are_counted(client, alice):
    sent(alice)
    for _ in range(5):
        enter(client, "654321")
    assert "尝试的次数太多了" in enter(client).text


def test_a_visitor_signs_in_first(client):
    assert client.get(reverse("service-code"))["Location"].startswith(reverse("account_login"))
