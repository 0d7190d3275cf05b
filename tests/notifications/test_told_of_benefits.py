"""What customers hear about their benefits."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from benefits.actions.load_benefits import load_benefits
from benefits.actions.tell_of_benefits import tell_of_expiry, tell_of_gains
from benefits.models import Entitlement, Tier
from members.actions.give_consent import give_consent
from members.consents import MARKETING
from members.entrances import Entrance
from notifications.actions.load_catalogue import load_catalogue
from notifications.models import Message, PlatformEvent
from tests.benefits.entitling import DAY, give_tier, insure, refresh
from tests.factories import CustomerFactory, MemberFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 29, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def catalogue():
    with time_machine.travel(NOON, tick=False):
        load_catalogue()
        load_benefits()
        yield


def bodies(code):
    return set(Message.objects.filter(event_type_id=code).values_list("body", flat=True))


def agree_to_everything(member):
    """Of gains nobody hears who has not agreed to be told of offers."""
    for kind in MARKETING.values():
        give_consent(member=member, kind=kind, version=1, language="zh-hans", entrance=Entrance.WEB)


def test_everything_that_is_new_in_one_message():
    alice = CustomerFactory(reachable=True)
    agree_to_everything(MemberFactory(customer=alice, name=alice.name))
    give_tier(alice, Tier.GOLD)
    refresh(alice)
    tell_of_gains(on=DAY)
    event = PlatformEvent.objects.get(code="benefit.quota_granted")
    assert event.data["benefit_name"] == "洁牙服务等4项权益"
    assert event.data["quota"] == "洁牙服务 1次、导医导诊 1次、电话医生 12次通话、客户服务节优先名额 1个名额"
    assert event.data["expires_on"] == "2026-12-31"
    assert any("洁牙服务等4项权益额度" in body for body in bodies("benefit.quota_granted"))


def test_in_english_with_the_later_day_of_a_policy_year():
    alice = CustomerFactory(reachable=True, language="en")
    give_tier(alice, Tier.GOLD)
    insure(alice, effective_on=date(2024, 3, 10))
    refresh(alice)
    Entitlement.objects.exclude(service__code__in=["dental_cleaning", "admission_surgery"]).update(gained_at=None)
    tell_of_gains(on=DAY)
    event = PlatformEvent.objects.get(code="benefit.quota_granted")
    assert event.data["benefit_name"] == "Dental cleaning and others (2 benefits)"
    assert event.data["quota"] == (
        "Dental cleaning 1 visit, Hospital admission and surgery arrangement 1 case (until March 9, 2027)"
    )


def test_the_end_is_told_once():
    alice = CustomerFactory(reachable=True)
    give_tier(alice, Tier.GOLD)
    refresh(alice)
    Entitlement.objects.exclude(service__code="tele_doctor").update(used=1)
    for day in range(1, 4):
        tell_of_expiry(on=date(2026, 12, day))
    event = PlatformEvent.objects.get(code="benefit.quota_expiring")
    assert (event.data["benefit_name"], event.data["quota"]) == ("电话医生", "12次通话")
    assert len({message.cause for message in Message.objects.filter(event_type_id="benefit.quota_expiring")}) == 1
