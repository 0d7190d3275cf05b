"""The cast of the engine's tests: Alice holds a policy and is a member; her texts are short."""

import pytest
import time_machine

from notifications.actions.load_catalogue import load_catalogue
from notifications.models import Channel, EventType, Priority, Role, Template
from tests.benefits.network import NOW, make_offer

VARIABLES = {"policy_no": "str", "customer_name": "str", "premium": "money", "due_date": "date"}


def make_text(event_type, channel, language="zh-hans", *, title="", body="保单{{policy_no}}应交{{premium}}元"):
    template = Template.objects.create(
        event_type=event_type,
        channel=channel,
        language=language,
        title=title or ("" if channel == "sms" else "交费提醒"),
        body=body,
        figures=["premium", "due_date"] if channel == "letter" else [],
        live=False,
    )
    template.save_revision(clean=False).publish()
    return template


def make_event_type(code="renewal.premium_due_30d", **fields):
    """An event type with a text on every channel in Chinese."""
    event_type = EventType.objects.create(
        **{
            "code": code,
            "area": code.split(".")[0],
            "name_zh": "续期交费提醒",
            "name_en": "Premium due",
            "recipients": [Role.POLICYHOLDER],
            "channels": [Channel.SMS, Channel.WECHAT, Channel.APP],
            "priority": Priority.NORMAL,
            "mandatory": True,
            "respects_quiet_hours": False,
            "deadline": "P1D",
            "variables": VARIABLES,
            **fields,
        }
    )
    for channel in ("sms", "wechat", "app", "letter"):
        make_text(event_type, channel)
    return event_type


@pytest.fixture
def premium_due(db):
    return make_event_type()


@pytest.fixture
def clock():
    """Python's time, which stands, on a Monday morning."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def dentist(db, clock):
    """Dental cleaning at one site, and what members are told of it."""
    load_catalogue()
    return make_offer()
