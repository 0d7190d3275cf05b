"""What members hear about their accounts."""

import pytest

from members.actions.record_proof import record_proof
from members.actions.verify_identity import Claim, verify_identity
from members.assurance import Context
from members.entrances import Entrance
from members.models import Customer, Factor
from notifications.models import Channel, Message
from tests.factories import CustomerFactory, MemberFactory, PolicyFactory
from tests.notifications.conftest import make_event_type

pytestmark = pytest.mark.django_db
SESSION = "a" * 64


def verify(member, customer):
    record_proof(member=member, factor=Factor.CODE, session=SESSION, entrance=Entrance.WEB)
    return verify_identity(
        member=member,
        claim=Claim(name=customer.name, id_type=Customer.IdType.PASSPORT, id_no=customer.id_no),
        context=Context(entrance=Entrance.WEB, session=SESSION),
        address="192.0.2.1",
        device="phone",
    )


@pytest.fixture
def alice():
    return CustomerFactory(id_type="passport", id_no="E12345678", mobile="+8613800000001")


@pytest.fixture
def policy_bound():
    event_type = make_event_type(
        "verification.policy_bound",
        variables={"policy_no": "str", "customer_name": "str", "event_time": "datetime"},
        channels=[Channel.SMS, Channel.APP],
    )
    for template in event_type.templates.all():
        template.body = "{{customer_name}}: {{policy_no}} {{event_time}}"
        template.save_revision(clean=False).publish()
    return event_type


def test_member_who_is_verified_hears_of_the_newest_policy_once(alice, policy_bound):
    PolicyFactory(policy_no="P-old", policyholder=alice, effective_on="2020-01-01")
    PolicyFactory(policy_no="P-new", policyholder=alice, effective_on="2025-01-01")
    member = MemberFactory(mobile="+8613800000001", name="")
    verify(member, alice)
    verify(member, alice)
    inbox, sms = Message.objects.order_by("id")
    assert (inbox.channel, sms.channel, sms.customer) == ("app", "sms", alice)
    assert sms.body.startswith("王小明: P-new ")


def test_who_has_no_policy_hears_of_none(alice, policy_bound):
    verify(MemberFactory(mobile="+8613800000001"), alice)
    assert not Message.objects.exists()
