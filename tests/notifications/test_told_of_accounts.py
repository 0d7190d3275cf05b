"""What members hear about their accounts."""

import re
from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from members.actions.change_mobile import change_mobile
from members.actions.close_face_session import close_face_session
from members.actions.lost_number import take_number_off
from members.actions.raise_membership_events import raise_membership_event, raise_yearly_events
from members.actions.record_proof import record_proof
from members.actions.send_service_code import send_service_code
from members.actions.verify_identity import Claim, verify_identity
from members.actions.verify_in_person import verify_in_person
from members.assurance import Context
from members.entrances import Entrance
from members.events import AccountsMerged, FaceSessionFailed, accounts_merged, face_session_failed
from members.models import Customer, FaceSession, Factor, Member, MembershipEvent, ProvenNumber
from members.origin import Origin
from members.roles import Role
from notifications.actions.announce import announce_platform_event, announce_policy_events
from notifications.actions.load_catalogue import load_catalogue
from notifications.models import Channel, Message, PlatformEvent
from notifications.own_data import erase_messages, export_messages
from tests.factories import CustomerFactory, MemberFactory, PolicyEventFactory, PolicyFactory
from tests.members.accounts import staff, verified
from tests.members.face_cast import ended
from tests.notifications.conftest import make_event_type

pytestmark = pytest.mark.django_db
SESSION = "a" * 64


@pytest.fixture
def suspicious():
    event_type = make_event_type(
        "verification.suspicious_transaction",
        variables={"policy_no": "str", "customer_name": "str", "event_time": "datetime", "service_name": "str"},
        channels=[Channel.SMS, Channel.APP],
    )
    for template in event_type.templates.all():
        template.body = "{{policy_no}} {{service_name}}"
        template.save_revision(clean=False).publish()
    return event_type


def verify(member, customer):
    record_proof(member=member, factor=Factor.CODE, session=SESSION, entrance=Entrance.WEB)
    return verify_identity(
        member=member,
        claim=Claim(name=customer.name, id_type=Customer.IdType.PASSPORT, id_no=customer.id_no),
        context=Context(entrance=Entrance.WEB, session=SESSION),
        origin=Origin(entrance=Entrance.WEB, ip="192.0.2.1", device="phone"),
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


def test_member_who_is_verified_in_person_hears_of_it_on_the_phone_they_have(alice, policy_bound):
    """The insurer's record has a number that they may have lost."""
    PolicyFactory(policy_no="P-1", policyholder=alice)
    verify_in_person(
        entrance=Entrance.COUNTER,
        member=MemberFactory(mobile="+8613900000002"),
        customer_no=alice.customer_no,
        id_type="passport",
        id_no="E12345678",
        evidence="COUNTER-2026-1",
        by=staff(Role.SERVICE_AGENT),
    )
    inbox, sms = Message.objects.order_by("id")
    assert (inbox.channel, sms.address, sms.customer) == ("app", "+8613900000002", alice)


def test_who_has_no_policy_hears_of_none(alice, policy_bound):
    verify(MemberFactory(mobile="+8613800000001"), alice)
    assert not Message.objects.exists()


@pytest.fixture
def contact_changed():
    """The route and the texts that are shipped."""
    load_catalogue()


def test_both_phones_hear_of_a_changed_number_whatever_the_insurers_record_says(contact_changed):
    alice = MemberFactory(mobile="+8613700000001", customer=CustomerFactory(mobile="+8613600000009"))
    record_proof(member=alice, factor=Factor.CODE, session=SESSION, entrance=Entrance.WEB)
    proven = ProvenNumber.objects.create(
        member=alice, mobile="+8613800000002", session=SESSION, entrance=Entrance.WEB, proved_at=timezone.now()
    )
    change_mobile(member=alice, proven_id=proven.pk, context=Context(entrance=Entrance.WEB, session=SESSION))
    messages = Message.objects.order_by("pk")
    assert [(m.address, m.channel, m.state) for m in messages] == [
        ("+8613700000001", "sms", "pending"),
        ("+8613800000002", "sms", "pending"),
    ]
    assert {m.body for m in messages} == {
        "您的会员账户手机已由137****0001变更为138****0002。如非本人操作，请立即致电客服热线。"
    }


def test_a_number_that_staff_take_off_hears_of_it_without_a_name_and_nothing_later(contact_changed):
    """Should its member have it still, they call at once; should a stranger have it, they learn nothing."""
    alice = verified(
        MemberFactory(
            mobile="+8613700000001", customer=CustomerFactory(name="王小明", id_type="passport", id_no="E12345678")
        )
    )
    about = {"evidence": "COUNTER-2026-1", "by": staff(Role.APPROVER)}
    take_number_off(member=alice, entrance=Entrance.COUNTER, **about)
    verify_in_person(
        entrance=Entrance.COUNTER,
        member=MemberFactory(mobile="+8613900000002"),
        customer_no=alice.customer.customer_no,
        id_type="passport",
        id_no="E12345678",
        **about | {"by": staff(Role.SERVICE_AGENT)},
    )
    assert [(m.address, m.channel, m.body) for m in Message.objects.order_by("pk")] == [
        (
            "+8613700000001",
            "sms",
            "手机137****0001已从会员账户移除，不能再用于登录。如非本人操作，请立即致电客服热线。",
        ),
        ("+8613900000002", "sms", "您的会员账户手机现为139****0002。如非本人操作，请立即致电客服热线。"),
    ]


@pytest.mark.parametrize(("request_", "told"), [(None, 1), (b"l" * 32, 0)])
def test_a_face_that_failed_to_confirm_a_request_is_no_failed_verification(contact_changed, request_, told):
    alice = MemberFactory(customer=CustomerFactory(reachable=True))
    session = ended(alice, "fail", request=request_)
    face_session_failed.send(FaceSessionFailed, fact=FaceSessionFailed(session.pk, alice.pk, session.reason))
    assert Message.objects.filter(event_type="verification.advanced_failed").exists() == bool(told)


def test_inbox_goes_along_into_the_account_that_is_kept(contact_changed):
    kept, closed = MemberFactory(), MemberFactory()
    announce_platform_event(code="membership.registered", key="1", values={"customer_name": "王"}, member=closed)
    accounts_merged.send(AccountsMerged, fact=AccountsMerged(kept_id=kept.pk, closed_id=closed.pk))
    assert [message.title for message in Message.objects.in_inbox_of(kept)] == ["欢迎加入会员"]
    assert not Message.objects.in_inbox_of(closed).exists()


def test_copy_of_ones_data_holds_ones_messages_and_erasure_takes_their_words(contact_changed):
    alice = MemberFactory()
    announce_platform_event(code="membership.registered", key="1", values={"customer_name": "王"}, member=alice)
    (section,) = export_messages(alice)
    assert "欢迎您成为会员" in section.rows[0]["body"]
    assert erase_messages(alice) == erase_messages(alice) == []
    for message in Message.objects.all():
        assert (message.title, message.body, message.address, message.address_index) == ("", "", "", None)
        assert message.state in ("delivered", "suppressed")
    assert PlatformEvent.objects.get().data == {}


def test_what_was_written_about_a_policy_is_kept_with_the_contract():
    make_event_type()
    alice = CustomerFactory(reachable=True)
    member = MemberFactory(customer=alice)
    policy = PolicyFactory(policyholder=alice)
    event = PolicyEventFactory()
    event.data["policy_no"] = policy.policy_no
    announce_policy_events([event])
    (kept,) = erase_messages(member)
    assert kept.why and Message.objects.get(channel="app").body


def test_a_service_code_goes_to_the_number_that_the_member_signs_in_with():
    load_catalogue()
    member = MemberFactory(mobile="+8613700000009", customer=CustomerFactory(mobile="+8613700000010"))
    agent = MemberFactory(is_staff=True)
    agent.user_permissions.add(Permission.objects.get(codename="invite_member"))
    send_service_code(member=member, purpose="verify_identity", entrance="hotline", by=agent)
    message = Message.objects.get()
    assert (message.address, message.channel, message.state) == ("+8613700000009", "sms", "pending")
    assert re.search(r"\d{6}，用于办理身份核验，15分钟内有效", message.body)


def failed_faces(member, reasons, *, request=b"r" * 32):
    make_event_type("verification.advanced_failed", variables={"customer_name": "str", "reason": "str"})
    for reason in reasons:
        session = ended(member, "fail", request=request)
        FaceSession.objects.filter(pk=session.pk).update(state="deciding", outcome="", reason="", decided_at=None)
        close_face_session(session_id=session.pk, outcome="fail", reason=reason)


@pytest.mark.parametrize(
    ("reasons", "request_hash", "is_told"),
    [
        (["no_match"] * 3, b"r" * 32, True),
        (["no_match"] * 2, b"r" * 32, False),
        (["no_match", "no_match", "given_up"], b"r" * 32, False),
        (["no_match"] * 3, None, False),  # nothing was to be done in the member's name
    ],
)
def test_a_face_that_is_refused_for_a_request_again_and_again_is_told_to_the_policyholder(
    reasons, request_hash, is_told, alice, suspicious
):
    PolicyFactory(policy_no="P-1", policyholder=alice)
    member = verified(MemberFactory(mobile="+8613900000002", customer=alice, language="en"))
    failed_faces(member, reasons, request=request_hash)
    told = Message.objects.filter(event_type=suspicious, channel="sms")
    assert [(message.customer, message.address) for message in told] == ([(alice, "+8613800000001")] if is_told else [])
    assert all("P-1 a request that asks for your face" in message.body for message in told)


def test_nobody_is_told_of_a_policy_that_there_is_not(suspicious):
    failed_faces(MemberFactory(), ["no_match"] * 3)
    assert not PlatformEvent.objects.exists()


def test_a_birthday_and_an_anniversary_are_congratulated_once(alice):
    make_event_type("membership.birthday", variables={"customer_name": "str"}, recipients=["member"])
    make_event_type("membership.anniversary", variables={"customer_name": "str", "years": "int"}, recipients=["member"])
    alice.birth_date = "1960-03-02"
    alice.save()
    member = MemberFactory(customer=alice)
    Member.objects.filter(pk=member.pk).update(created_at=datetime(2023, 3, 2, 4, tzinfo=UTC))
    for _ in range(2):
        raise_yearly_events(day=date(2026, 3, 2))
    told = {event.code: event.data for event in PlatformEvent.objects.all()}
    assert told == {
        "membership.birthday": {"customer_name": member.name},
        "membership.anniversary": {"customer_name": member.name, "years": 3},
    }
    assert Message.objects.filter(channel="app").count() == 2


def test_of_a_visit_and_of_a_profile_nobody_is_told():
    member = MemberFactory()
    for code in (MembershipEvent.Code.SIGNED_IN_DAILY, MembershipEvent.Code.PROFILE_COMPLETED):
        assert raise_membership_event(member_id=member.pk, code=code)
    assert not PlatformEvent.objects.exists()
