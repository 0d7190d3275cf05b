"""From a policy event to message rows: who, on which channels, with what text."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from members.actions.give_consent import give_consent, withdraw_consent
from members.assurance import Context
from members.entrances import Entrance
from members.models import Consent, PolicyRole
from notifications.actions.announce import (
    WrongVariables,
    announce_platform_event,
    announce_policy_events,
    told_before,
)
from notifications.actions.escalate import escalate
from notifications.models import Channel, Message, PlatformEvent, Preference, Priority, Role, Template
from notifications.routes import UnknownEventType
from tests.factories import (
    AgentFactory,
    CustomerFactory,
    MemberFactory,
    PolicyEventFactory,
    PolicyFactory,
    WeChatBindingFactory,
)
from tests.notifications.conftest import make_event_type

pytestmark = pytest.mark.django_db
State = Message.State
VALUES = {"policy_no": "", "customer_name": "王先生", "premium": "6800.00", "due_date": "2026-12-31"}


def event_for(policy, **data):
    return PolicyEventFactory(
        data={
            "policy_no": policy.policy_no,
            "customer_name": "王先生",
            "premium": "6800.00",
            "due_date": "2026-12-31",
            **data,
        }
    )


def agree(member, kind):
    give_consent(member=member, kind=Consent.Kind(kind), version=1, language="zh-hans", entrance=Entrance.WEB)


def announced(*events):
    announce_policy_events(events)
    return [(m.recipient[0], m.channel, m.state) for m in Message.objects.order_by("id")]


def test_member_hears_in_the_inbox_and_on_the_first_push_channel(premium_due):
    alice = CustomerFactory(reachable=True)
    binding = WeChatBindingFactory(member=MemberFactory(customer=alice))
    event = event_for(PolicyFactory(policyholder=alice))
    assert announced(event) == [("c", "app", "delivered"), ("c", "sms", "pending")]
    inbox, sms = Message.objects.order_by("id")
    assert inbox.member == binding.member
    assert sms.address == alice.mobile
    assert sms.next_channels == ["wechat"]
    assert sms.body == f"保单{event.subject}应交6,800.00元"
    assert sms.template_revision_id == premium_due.templates.get(channel="sms").live_revision_id


def test_customer_without_an_account_hears_by_sms_alone(premium_due):
    event = event_for(PolicyFactory(policyholder=CustomerFactory(mobile="+8613800000001")))
    assert announced(event) == [("c", "sms", "pending")]


def test_announcing_again_makes_nothing_new(premium_due):
    event = event_for(PolicyFactory(policyholder=CustomerFactory(reachable=True)))
    assert len(announced(event)) == len(announced(event)) == 1


def test_announcing_again_after_the_person_chose_another_channel_makes_nothing_new(premium_due):
    alice = CustomerFactory(reachable=True)
    WeChatBindingFactory(member=MemberFactory(customer=alice))
    event = event_for(PolicyFactory(policyholder=alice))
    first = announced(event)
    Preference.objects.create(customer=alice, channel_order=["wechat"])
    assert announced(event) == first == [("c", "app", "delivered"), ("c", "sms", "pending")]


def test_announcing_again_tells_whom_it_could_not_tell_before(premium_due):
    policy, alice = PolicyFactory(), CustomerFactory(reachable=True)
    event = event_for(policy)
    announced(event)
    PolicyRole.objects.create(policy=policy, customer=alice, role="policyholder")
    assert announced(event) == [("n", "sms", "suppressed"), ("c", "sms", "pending")]


def test_type_whose_recipients_staff_have_emptied_tells_nobody(premium_due):
    alice = CustomerFactory(reachable=True)
    event = event_for(PolicyFactory(policyholder=alice), customer_no=alice.customer_no)
    premium_due.recipients = []
    premium_due.save()
    assert announced(event) == []


def test_named_customer_of_a_type_for_agents_alone_gets_nothing():
    make_event_type(recipients=[Role.AGENT])
    alice = CustomerFactory(reachable=True)
    policy = PolicyFactory(policyholder=alice, agent=AgentFactory())
    assert announced(event_for(policy, customer_no=alice.customer_no)) == [("a", "sms", "pending")]


def test_closed_account_gets_neither_inbox_nor_wechat(premium_due):
    alice = CustomerFactory(reachable=True)
    WeChatBindingFactory(member=MemberFactory(customer=alice, is_active=False))
    assert announced(event_for(PolicyFactory(policyholder=alice))) == [("c", "sms", "pending")]
    assert Message.objects.get().next_channels == []


def test_wechat_goes_to_the_newest_binding_at_the_service_account(premium_due, settings):
    settings.WECHAT_APPID = "wx-service"
    alice = CustomerFactory()
    member = MemberFactory(customer=alice, mobile="+8613700000001")
    newest = datetime(2026, 3, 1, tzinfo=UTC)
    WeChatBindingFactory(member=member, appid="wx-service", openid="new", bound_at=newest)
    WeChatBindingFactory(member=member, appid="wx-service", openid="old", bound_at=newest - timedelta(days=9))
    WeChatBindingFactory(member=member, appid="wx-shop", openid="elsewhere", bound_at=newest + timedelta(days=9))
    Preference.objects.create(customer=alice, channel_order=["wechat"])
    announced(event_for(PolicyFactory(policyholder=alice)))
    assert Message.objects.get(track="push").address == "new"


def test_whom_nothing_reaches_leaves_a_trace(premium_due):
    assert announced(event_for(PolicyFactory(policyholder=CustomerFactory()))) == [("c", "sms", "suppressed")]
    assert Message.objects.get().reason == "unreachable"


def test_event_about_nobody_leaves_a_trace(premium_due):
    assert announced(event_for(PolicyFactory())) == [("n", "sms", "suppressed")]
    assert Message.objects.get().reason == "no_recipient"


def test_preferred_channel_comes_first(premium_due):
    alice = CustomerFactory(reachable=True)
    WeChatBindingFactory(member=MemberFactory(customer=alice))
    Preference.objects.create(customer=alice, channel_order=["wechat"])
    announced(event_for(PolicyFactory(policyholder=alice)))
    assert Message.objects.get(track="push").channel == "wechat"
    assert Message.objects.get(track="push").next_channels == ["sms"]


def test_mandatory_event_ignores_what_the_person_refuses(premium_due):
    alice = CustomerFactory(reachable=True)
    Preference.objects.create(customer=alice, refused_areas=["renewal"])
    assert announced(event_for(PolicyFactory(policyholder=alice))) == [("c", "sms", "pending")]


def test_other_events_respect_what_the_person_refuses():
    make_event_type(mandatory=False)
    alice = CustomerFactory(reachable=True)
    Preference.objects.create(customer=alice, refused_areas=["renewal"])
    assert announced(event_for(PolicyFactory(policyholder=alice))) == [("c", "sms", "suppressed")]
    assert Message.objects.get().reason == "opted_out"


@pytest.mark.parametrize(
    ("agreed", "told"),
    [
        ([], [("c", "sms", "suppressed")]),
        (["marketing_app"], [("c", "app", "delivered")]),
        (["marketing_wechat"], [("c", "wechat", "pending")]),
        (["marketing_sms", "marketing_app"], [("c", "app", "delivered"), ("c", "sms", "pending")]),
        (["terms", "face"], [("c", "sms", "suppressed")]),
    ],
)
def test_member_hears_of_offers_only_where_they_agreed_to_it(agreed, told):
    make_event_type(mandatory=False, platform=True)
    alice = CustomerFactory(reachable=True)
    member = MemberFactory(customer=alice)
    WeChatBindingFactory(member=member)
    for kind in agreed:
        agree(member, kind)
    assert announced(event_for(PolicyFactory(policyholder=alice))) == told
    assert {m.reason for m in Message.objects.filter(state="suppressed")} <= {"opted_out"}


def test_reminder_of_a_premium_needs_no_consent_but_may_be_refused():
    make_event_type(mandatory=False, channels=["sms"])
    alice = CustomerFactory(reachable=True)
    MemberFactory(customer=alice)
    policy = PolicyFactory(policyholder=alice)
    assert announced(event_for(policy)) == [("c", "sms", "pending")]
    Preference.objects.create(customer=alice, refused_areas=["renewal"])
    assert announced(event_for(policy))[-1] == ("c", "sms", "suppressed")


def test_what_is_taken_back_counts_from_now_on():
    make_event_type(mandatory=False, platform=True, channels=["sms"])
    alice = CustomerFactory(reachable=True)
    member = MemberFactory(customer=alice)
    agree(member, "marketing_sms")
    policy = PolicyFactory(policyholder=alice)
    assert announced(event_for(policy)) == [("c", "sms", "pending")]
    withdraw_consent(member=member, kind=Consent.Kind.MARKETING_SMS, context=Context(entrance=Entrance.WEB, session=""))
    assert announced(event_for(policy))[-1] == ("c", "sms", "suppressed")


def test_mandatory_event_needs_no_consent(premium_due):
    alice = CustomerFactory(reachable=True)
    MemberFactory(customer=alice)
    assert announced(event_for(PolicyFactory(policyholder=alice)))[0] == ("c", "app", "delivered")


def test_refusable_messages_are_capped_per_day(settings):
    settings.DAILY_CAP = 2
    make_event_type(mandatory=False)
    policy = PolicyFactory(policyholder=CustomerFactory(reachable=True))
    states = [state for _, _, state in announced(event_for(policy), event_for(policy), event_for(policy))]
    assert states == ["pending", "pending", "suppressed"]
    assert announced(event_for(policy))[-1][2] == "suppressed"


def test_message_that_came_to_nothing_is_not_counted_against_the_cap(settings):
    settings.DAILY_CAP = 1
    make_event_type(mandatory=False)
    policy = PolicyFactory(policyholder=CustomerFactory(reachable=True))
    announced(event_for(policy))
    Message.objects.update(state="failed", reason="x")
    assert announced(event_for(policy))[-1][2] == "pending"


def test_second_channel_of_a_message_is_no_further_one_for_the_cap(settings):
    settings.DAILY_CAP = 2
    make_event_type(mandatory=False)
    alice = CustomerFactory(reachable=True)
    member = MemberFactory(customer=alice)
    WeChatBindingFactory(member=member)
    for kind in ("marketing_sms", "marketing_wechat"):
        agree(member, kind)
    policy = PolicyFactory(policyholder=alice)
    announced(event_for(policy))
    Message.objects.filter(channel="sms").update(state="sent")
    escalate(Message.objects.filter(channel="sms"))
    assert Message.objects.filter(track="push").count() == 2
    announced(event_for(policy))
    assert not Message.objects.filter(reason="capped").exists()


def test_member_without_a_policy_is_capped_too(settings):
    settings.DAILY_CAP = 1
    make_event_type("points.expiring", mandatory=False, recipients=[Role.MEMBER])
    bob = MemberFactory()
    agree(bob, "marketing_sms")
    for key in "12":
        announce_platform_event(code="points.expiring", key=key, values=VALUES, member=bob)
    assert [m.reason for m in Message.objects.filter(track="push").order_by("id")] == ["", "capped"]


def test_required_letter_goes_electronically_with_consent_and_on_paper_without():
    make_event_type(letter_required=True, channels=["sms", "eletter", "letter"])
    alice, bob = CustomerFactory(reachable=True), CustomerFactory(reachable=True, eletter_consent=None)
    announced(event_for(PolicyFactory(policyholder=alice)), event_for(PolicyFactory(policyholder=bob)))
    assert Message.objects.get(customer=alice, track="letter").channel == Channel.ELETTER
    assert Message.objects.get(customer=alice, track="letter").next_channels == ["letter"]
    assert Message.objects.get(customer=bob, track="letter").channel == Channel.LETTER


def test_letter_that_is_not_required_is_the_last_resort():
    make_event_type(channels=["sms", "eletter"])
    announced(event_for(PolicyFactory(policyholder=CustomerFactory(reachable=True))))
    assert Message.objects.get().next_channels == ["eletter"]


def test_agent_gets_a_copy_that_says_whose_it_is():
    make_event_type(recipients=[Role.POLICYHOLDER, Role.AGENT])
    policy = PolicyFactory(policyholder=CustomerFactory(reachable=True), agent=AgentFactory())
    assert announced(event_for(policy)) == [("c", "sms", "pending"), ("a", "sms", "pending")]
    assert Message.objects.get(agent=policy.agent).body.startswith("客户王先生（抄送服务人员）：保单")


def test_former_agent_gets_nothing():
    make_event_type(recipients=[Role.POLICYHOLDER, Role.AGENT])
    policy = PolicyFactory(policyholder=CustomerFactory(reachable=True), agent=AgentFactory(active=False))
    assert announced(event_for(policy)) == [("c", "sms", "pending")]


def test_person_in_two_roles_hears_once():
    make_event_type(recipients=[Role.POLICYHOLDER, Role.INSURED])
    assert len(announced(event_for(PolicyFactory(policyholder=CustomerFactory(reachable=True))))) == 1


def greet_by_name():
    Template.objects.filter(channel="sms").update(body="尊敬的{{customer_name}}")


def claim_with(insured, beneficiary):
    make_event_type("claims.declined", recipients=[Role.INSURED, Role.BENEFICIARY])
    policy = PolicyFactory()
    PolicyRole.objects.create(policy=policy, customer=insured, role="insured", relation="self")
    PolicyRole.objects.create(policy=policy, customer=beneficiary, role="beneficiary", share=100)
    return policy


def test_claim_decision_goes_to_the_living_insured_alone():
    alice, bob = CustomerFactory(reachable=True), CustomerFactory(reachable=True)
    event = event_for(claim_with(alice, bob))
    event.type = "claims.declined"
    announced(event)
    assert [m.customer for m in Message.objects.all()] == [alice]


def test_claim_decision_goes_to_the_beneficiary_after_a_death():
    alice, bob = CustomerFactory(reachable=True, deceased_on=date(2026, 1, 5)), CustomerFactory(reachable=True)
    event = event_for(claim_with(alice, bob))
    event.type = "claims.declined"
    announced(event)
    assert [(m.customer, m.role) for m in Message.objects.all()] == [(bob, "beneficiary")]


def test_claimant_whom_the_event_names_is_the_only_one():
    alice, bob = CustomerFactory(reachable=True), CustomerFactory(reachable=True)
    event = event_for(claim_with(alice, bob), customer_no=bob.customer_no)
    event.type = "claims.declined"
    announced(event)
    assert [m.customer for m in Message.objects.all()] == [bob]


def test_claimant_who_is_not_known_here_leaves_a_trace_and_nobody_else_hears():
    event = event_for(claim_with(CustomerFactory(reachable=True), CustomerFactory(reachable=True)), customer_no="C404")
    event.type = "claims.declined"
    assert announced(event) == [("n", "sms", "suppressed")]
    assert Message.objects.get().reason == "no_recipient"


def test_claim_decision_that_names_nobody_goes_to_none_of_several_insured():
    policy = claim_with(CustomerFactory(reachable=True), CustomerFactory(reachable=True))
    bob = CustomerFactory(reachable=True)
    PolicyRole.objects.create(policy=policy, customer=bob, role="insured", relation="employee")
    event = event_for(policy)
    event.type = "claims.declined"
    assert announced(event) == [("n", "sms", "suppressed")]
    assert Message.objects.get().reason == "no_recipient"


def test_claim_decision_that_names_nobody_goes_to_none_of_several_beneficiaries():
    policy = claim_with(CustomerFactory(deceased_on=date(2026, 1, 5)), CustomerFactory(reachable=True))
    bob = CustomerFactory(reachable=True)
    PolicyRole.objects.create(policy=policy, customer=bob, role="beneficiary", share=50)
    event = event_for(policy)
    event.type = "claims.declined"
    assert announced(event) == [("n", "sms", "suppressed")]


def test_guardian_receives_for_a_child_and_is_addressed_by_name():
    make_event_type(recipients=[Role.INSURED])
    greet_by_name()
    mother = CustomerFactory(reachable=True, name="陈静", gender="female")
    child = CustomerFactory(birth_date=timezone.localdate() - timedelta(days=3000), guardian=mother)
    policy = PolicyFactory()
    PolicyRole.objects.create(policy=policy, customer=child, role="insured", relation="child")
    announced(event_for(policy))
    assert [(m.customer, m.body) for m in Message.objects.all()] == [(mother, "尊敬的陈女士")]


def test_who_hears_after_the_main_person_died_is_addressed_by_name():
    make_event_type(recipients=[Role.POLICYHOLDER, Role.INSURED])
    greet_by_name()
    wife = CustomerFactory(reachable=True, name="陈静", gender="female")
    policy = PolicyFactory()
    for role, person in [("policyholder", CustomerFactory(deceased_on=date(2026, 1, 5))), ("insured", wife)]:
        PolicyRole.objects.create(policy=policy, customer=person, role=role)
    announced(event_for(policy))
    assert [(m.customer, m.body) for m in Message.objects.all()] == [(wife, "尊敬的陈女士")]


def test_second_person_is_addressed_by_name_and_the_main_one_as_the_event_says():
    make_event_type(recipients=[Role.POLICYHOLDER, Role.INSURED])
    greet_by_name()
    holder = CustomerFactory(reachable=True, name="赵一", gender="male")
    wife = CustomerFactory(reachable=True, name="陈静", gender="female")
    policy = PolicyFactory()
    for role, person in [("insured", wife), ("policyholder", holder)]:
        PolicyRole.objects.create(policy=policy, customer=person, role=role)
    announced(event_for(policy))
    assert {m.customer: m.body for m in Message.objects.all()} == {holder: "尊敬的王先生", wife: "尊敬的陈女士"}


def test_platform_event_of_the_dead_leaves_a_trace():
    make_event_type("points.expiring", recipients=[Role.MEMBER])
    member = MemberFactory(customer=CustomerFactory(reachable=True, deceased_on=date(2026, 1, 5)))
    announce_platform_event(code="points.expiring", key="1", values=VALUES, member=member)
    assert Message.objects.get().reason == "no_recipient"


def test_platform_event_of_a_child_goes_to_the_guardian():
    make_event_type("points.expiring", recipients=[Role.MEMBER])
    greet_by_name()
    mother = CustomerFactory(reachable=True, name="陈静", gender="female")
    WeChatBindingFactory(member=MemberFactory(customer=mother))
    child = CustomerFactory(birth_date=timezone.localdate() - timedelta(days=3000), guardian=mother)
    announce_platform_event(code="points.expiring", key="1", values=VALUES, customer=child)
    sms = Message.objects.get(track="push")
    assert (sms.customer, sms.body, sms.next_channels) == (mother, "尊敬的陈女士", ["wechat"])


def test_policyholder_receives_for_a_child_without_guardian():
    make_event_type(recipients=[Role.INSURED])
    father = CustomerFactory(reachable=True)
    child = CustomerFactory(birth_date=timezone.localdate() - timedelta(days=3000))
    policy = PolicyFactory()
    PolicyRole.objects.create(policy=policy, customer=father, role="policyholder")
    PolicyRole.objects.create(policy=policy, customer=child, role="insured", relation="child")
    announced(event_for(policy))
    assert Message.objects.get().customer == father


def test_english_speaker_without_an_english_text_gets_the_chinese_one(premium_due):
    announced(event_for(PolicyFactory(policyholder=CustomerFactory(reachable=True, language="en"))))
    assert Message.objects.get().body.startswith("保单")


def test_text_that_fails_parks_its_message_and_lets_the_others_go(premium_due):
    premium_due.templates.filter(channel="sms").update(body="{{policy_no | divided_by: 0}}")
    alice = CustomerFactory(reachable=True)
    MemberFactory(customer=alice)
    assert announced(event_for(PolicyFactory(policyholder=alice))) == [
        ("c", "app", "delivered"),
        ("c", "sms", "parked"),
    ]
    assert Message.objects.get(channel="sms").reason


def test_missing_text_parks_its_message(premium_due):
    premium_due.templates.get(channel="sms").unpublish()
    assert announced(event_for(PolicyFactory(policyholder=CustomerFactory(reachable=True)))) == [("c", "sms", "parked")]


def test_type_that_is_switched_off_leaves_a_trace():
    make_event_type(enabled=False)
    announced(event_for(PolicyFactory(policyholder=CustomerFactory(reachable=True))))
    assert Message.objects.get().reason == "disabled"


@pytest.fixture
def otp(db):
    return make_event_type(
        "verification.otp",
        channels=["sms"],
        priority=Priority.CRITICAL,
        deadline="PT1M",
        variables={"policy_no": "str", "premium": "money", "minutes": "int"},
    )


def test_one_time_code_reaches_a_bare_number_and_is_of_no_use_later(otp):
    values = {"policy_no": "", "premium": "1.00", "minutes": 5}
    announce_platform_event(code=otp.code, key="k1", values=values, mobile="+8613800000002")
    announce_platform_event(code=otp.code, key="k1", values=values, mobile="+8613800000002")
    message = Message.objects.get()
    assert (message.address, message.priority, message.cause) == ("+8613800000002", 0, "verification.otp:k1")
    assert "138" not in message.recipient
    assert message.expires_at == message.platform_event.occurred_at + timedelta(minutes=5)


def test_platform_event_with_other_variables_is_refused(otp):
    with pytest.raises(WrongVariables):
        announce_platform_event(code=otp.code, key="k1", values={}, mobile="+8613800000002")
    with pytest.raises(UnknownEventType):
        announce_platform_event(code="nothing.known", key="k1", values={}, mobile="+8613800000002")
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "value", [Decimal("1.00"), date(2026, 1, 1), float("nan"), [Decimal(1)]], ids=["decimal", "date", "nan", "list"]
)
def test_platform_event_with_a_value_not_in_machine_form_is_refused(otp, value):
    values = {"policy_no": "", "premium": value, "minutes": 5}
    with pytest.raises(WrongVariables, match="premium"):
        announce_platform_event(code=otp.code, key="k1", values=values, mobile="+8613800000002")
    assert not PlatformEvent.objects.exists()


@pytest.mark.parametrize("minutes", [2**52, -5, 24 * 60 + 1, True])
def test_code_that_holds_for_an_absurd_time_is_sent_and_does_not_expire(otp, minutes):
    values = {"policy_no": "", "premium": "1.00", "minutes": minutes}
    announce_platform_event(code=otp.code, key="k1", values=values, mobile="+8613800000002")
    assert (Message.objects.get().state, Message.objects.get().expires_at) == ("pending", None)


@pytest.mark.parametrize("occurred_at", [datetime.max, datetime.min])
def test_event_at_the_end_of_the_calendar_is_told(otp, occurred_at):
    values = {"policy_no": "", "premium": "1.00", "minutes": 5}
    announce_platform_event(
        code=otp.code,
        key="k1",
        values=values,
        mobile="+8613800000002",
        occurred_at=occurred_at.replace(tzinfo=UTC),
    )
    assert Message.objects.get().state == "pending"


@pytest.mark.django_db(transaction=True)
def test_of_two_that_announce_a_cause_at_once_one_is_refused_and_nobody_is_told_twice(premium_due, monkeypatch):
    event = event_for(PolicyFactory(policyholder=CustomerFactory(reachable=True)))
    both_have_looked = Barrier(2)

    def look_together(causes):
        found = told_before(causes)
        both_have_looked.wait(10)
        return found

    def announce(_):
        try:
            announce_policy_events([event])
        except IntegrityError:
            return "refused"
        finally:
            connection.close()
        return "announced"

    with monkeypatch.context() as together, ThreadPoolExecutor(2) as pool:
        together.setattr("notifications.actions.announce.told_before", look_together)
        assert sorted(pool.map(announce, range(2))) == ["announced", "refused"]
    announce_policy_events([event])  # tried again, it finds who was told
    assert Message.objects.get().channel == "sms"
