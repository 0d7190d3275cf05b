"""The showcase: choosing somebody, their devices, sending a sample event, turning the dials."""

import re
from datetime import date, timedelta
from email.message import EmailMessage
from mailbox import Maildir

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from members.catalogue import event_specs
from members.models import PolicyEvent, ReferencePhoto
from members.resident_id import parse_resident_id
from notifications.actions.announce import announce_policy_events
from notifications.channels.http_provider import HttpProvider
from notifications.letters.content import LetterContent
from notifications.models import Letter, Message
from notifications.sandbox.mailbox import maildir_of
from portal.demo.family import HOLDER_ID
from portal.showcase.people import find, interesting, person_of
from portal.showcase.sample_events import sample_values, send_sample
from tests.face_sequences import jpeg, portrait
from tests.factories import (
    AgentFactory,
    CustomerFactory,
    MemberFactory,
    PolicyEventFactory,
    PolicyFactory,
    WeChatBindingFactory,
)
from tests.notifications.conftest import make_event_type
from tests.notifications.test_sandbox_channels import outgoing
from tests.sandbox import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    """A member with WeChat who holds a policy."""
    alice = CustomerFactory(reachable=True, name="王小明", customer_no="C000000001")
    WeChatBindingFactory(member=MemberFactory(customer=alice), openid="openid-alice")
    PolicyFactory(policyholder=alice, policy_no="P202600001", agent=AgentFactory(name="李明"))
    return alice


@pytest.fixture
def page(client, alice):
    client.cookies["django_language"] = "en"
    return f"/showcase/c{alice.pk}/"


def letter_content(alice):
    return LetterContent(
        language="zh-hans",
        title="保单失效通知",
        addressee=alice.name,
        postal_lines=("上海市浦东新区世纪大道100号",),
        salutation="尊敬的王小明：",
        paragraphs=("您的保单已失效。",),
        figures=(("保费", "6,800.00元"),),
        what_to_do=("请尽快办理复效。",),
        reference="P202600001",
        dated_on=date(2026, 11, 23),
    ).to_json()


def make_message(alice, **fields):
    now = timezone.now()
    return Message.objects.create(
        **{
            "cause": f"policy:{fields['policy_event'].pk}",
            "recipient": f"c{alice.pk}",
            "role": "policyholder",
            "customer": alice,
            "member": alice.member,
            "track": "push",
            "language": "zh-hans",
            "priority": 2,
            "send_after": now,
            "due_at": now,
            **fields,
        }
    )


def test_it_works(client, page, sandbox):
    assert client.get("/showcase/").status_code == 200
    answer = client.get(page)
    assert answer.status_code == 200
    assert "王小明" in answer.text


@pytest.mark.parametrize("path", ["", "c1/", "c1/live", "c1/sample", "c1/letters/1", "c1/mails/1/0"])
def test_outside_the_demo_there_is_no_showcase(client, settings, alice, path):
    settings.DEMO = False
    assert client.get("/showcase/" + path).status_code == 404


@pytest.mark.parametrize("code", ["c999999999", "x1", "c", "c²", "a1", "c" + "9" * 30])
def test_nobody_has_no_page(client, code):
    assert client.get(f"/showcase/{code}/").status_code == 404


def test_people_are_found_by_what_is_known_of_them(alice):
    agent = AgentFactory(name="李娜", agent_no="A000777")
    for text_ in ("C000000001", "c000000001", "王小", "P202600001", alice.mobile, alice.mobile.removeprefix("+86")):
        assert [person.code for person in find(text_)] == [f"c{alice.pk}"], text_
    assert [person.code for person in find("A000777")] == [f"a{agent.pk}"]
    assert find("nobody") == find("") == find("\0") == []


def test_a_search_keeps_names_out_of_addresses(client, alice):
    answer = client.post("/showcase/", {"text": "王小明"})
    assert (answer.status_code, answer.url) == (302, f"/showcase/c{alice.pk}/")
    CustomerFactory(name="王小明")
    answer = client.post("/showcase/", {"text": "王小明"})
    assert len(answer.context["found"]) == 2


def code_to(client, mobile):
    """The page of the phone that the code of a sign-in went to, by the link beside the field for it."""
    client.post("/sign-in", {"mobile": mobile})
    return re.search(r'href="(/showcase/phones/[^"]+)"', client.get("/sign-in/code").text)[1]


def test_whoever_invents_a_number_finds_the_code_on_its_phone(client, sandbox, codes):
    phone = code_to(client, "13700001234")
    sandbox.post(text("1", to="+8613700001234", text="验证码 123456"))
    shown = client.get(phone).text
    assert "137****1234" in shown and "123456" in shown
    assert "13700001234" not in shown
    found = client.post("/showcase/", {"text": "137 0000 1234"})
    assert found["Location"] == phone
    assert client.post("/showcase/", {"text": "13700009999"}).status_code == 200


def test_the_phone_of_somebody_known_is_on_their_page(client, alice, codes):
    assert client.get(code_to(client, alice.mobile))["Location"] == f"/showcase/c{alice.pk}/"


def test_a_member_s_other_number_rings_on_the_same_page(client, page, alice, sandbox):
    member = alice.member
    member.mobile = "+8613700001234"
    member.save()
    sandbox.post(text("1", to=member.mobile, text="验证码 123456"))
    assert "123456" in client.get(page).text
    assert client.post("/showcase/", {"text": "13700001234"})["Location"] == page


def test_outside_the_demo_no_phone_is_shown(client, settings, codes):
    phone = code_to(client, "13700001234")
    settings.DEMO = False
    assert client.get(phone).status_code == 404
    assert "showcase" not in client.get("/sign-in/code").text


def test_the_interesting_ones_are_suggested_once_each(alice):
    child = CustomerFactory(name="陈小宝", birth_date=date(2020, 1, 1))
    mother = CustomerFactory(name="陈静", reachable=True)
    family = PolicyFactory(policyholder=mother)
    family.roles.create(customer=child, role="insured", relation="child")
    english = CustomerFactory(name="Jane Doe", language="en", reachable=True)
    PolicyFactory(policyholder=english)
    codes = [suggestion.person.code for suggestion in interesting()]
    agent = alice.policy_roles.first().policy.agent
    assert codes == [f"c{alice.pk}", f"c{english.pk}", f"c{mother.pk}", f"a{agent.pk}"]


def test_the_phone_shows_what_its_providers_received(client, page, sandbox, alice):
    HttpProvider(name="p", service="sms").send([outgoing("1", address=alice.mobile, body="短信一条")])
    sandbox.post(text("2", to="openid-alice", text="微信一条", title="通知"), service="wechat")
    sandbox.post(text("3", to="+8613999999999", text="别人的"))
    panes = client.get(page).context["panes"]
    assert "短信一条" in panes["sms"]["html"]
    assert "微信一条" in panes["wechat"]["html"]
    assert (panes["sms"]["count"], panes["wechat"]["count"]) == (1, 1)
    assert "别人的" not in client.get(page).text


def test_inbox_letterbox_and_timeline_show_the_persons_messages(client, page, sandbox, alice):
    event_type = make_event_type()
    event = PolicyEventFactory()
    common = {"policy_event": event, "event_type": event_type}
    make_message(alice, **common, channel="app", track="inbox", state="delivered", title="交费提醒", body="请交费")
    make_message(alice, **common, channel="sms", state="failed", reason="number_rejected", address=alice.mobile)
    later = timezone.now() + timedelta(hours=3)
    make_message(alice, **common, channel="wechat", state="pending", send_after=later)
    make_message(alice, **common, channel="letter", track="letter", state="sent", body=letter_content(alice))
    letter = Letter.objects.create(
        cause=f"policy:{event.pk}",
        recipient=f"c{alice.pk}",
        template_revision=event_type.templates.get(channel="letter").latest_revision,
        document=ContentFile(b"%PDF-1.7 a letter", name="letter.pdf"),
        sha256="0" * 64,
        pages=1,
    )
    answer = client.get(page)
    panes = {name: pane["html"] for name, pane in answer.context["panes"].items()}
    assert "请交费" in panes["inbox"]
    assert "您的保单已失效。" in panes["letters"]
    assert "6,800.00元" in panes["letters"]
    assert "number_rejected" in panes["timeline"]
    assert "not before" in panes["timeline"]
    assert f"{page}letters/{letter.pk}" in panes["letters"]
    document = client.get(f"{page}letters/{letter.pk}")
    assert document["Content-Type"] == "application/pdf"
    assert b"".join(document.streaming_content) == b"%PDF-1.7 a letter"


def test_nobody_opens_another_ones_letter(client, page, alice):
    bob = CustomerFactory()
    letter = Letter.objects.create(
        cause="policy:1",
        recipient=f"c{bob.pk}",
        template_revision=make_event_type().templates.get(channel="letter").latest_revision,
        document=ContentFile(b"%PDF", name="letter.pdf"),
        sha256="0" * 64,
        pages=1,
    )
    assert client.get(f"{page}letters/{letter.pk}").status_code == 404


def test_only_what_changed_is_sent_again(client, page, sandbox, alice):
    panes = client.get(page).context["panes"]
    digests = {name: pane["digest"] for name, pane in panes.items()}
    assert client.get(f"{page}live", digests).status_code == 204
    sandbox.post(text("1", to=alice.mobile, text="新的短信"))
    changed = client.get(f"{page}live", digests)
    assert list(changed.context["panes"]) == ["sms"]
    assert "新的短信" in changed.text
    assert 'id="pane-mails"' not in changed.text


@pytest.mark.parametrize("key", [None, "../admin"])
def test_a_mail_that_somebody_else_sent_is_shown_without_its_files(client, page, alice, settings, tmp_path, key):
    settings.VAR = tmp_path
    mail = EmailMessage()
    mail["Subject"] = "Tried by hand"
    if key:
        mail["X-Banyan-Key"] = key
    mail.set_content("Hello")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="mine.pdf")
    (tmp_path / "mail").mkdir()
    Maildir(maildir_of(alice.email, tmp_path / "mail")).add(mail.as_bytes())
    answer = client.get(page)
    assert answer.status_code == 200
    assert "Tried by hand" in answer.text
    assert "mine.pdf" not in answer.text


def test_a_provider_that_is_down_is_said_and_hides_nothing_else(client, page, settings):
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    answer = client.get(page)
    assert answer.status_code == 200
    assert answer.context["panes"]["sms"]["html"].count("does not answer") == 1
    assert answer.context["dials"] is None


def test_a_sample_event_goes_the_way_of_the_insurers_core(client, page, sandbox, alice):
    client.get(page)
    form = client.get(page).context["form"]
    data = {**form.initial, "type": "renewal.debit_failed", "policy": "P202600001"}
    answer = client.post(f"{page}events", data)
    assert (answer.status_code, answer.url) == (302, page)
    event = PolicyEvent.objects.get()
    assert (event.type, event.subject, event.state) == ("renewal.debit_failed", "P202600001", "published")
    assert event.data["customer_name"] == "王小明"
    assert event.data["premium"] == "6800.00"
    assert "customer_no" not in event.data


def test_a_fault_in_a_sample_event_stands_at_its_field(client, page, sandbox):
    form = client.get(page).context["form"]
    data = {**form.initial, "type": "renewal.debit_failed", "policy": "P202600001", "premium": "a lot"}
    answer = client.post(f"{page}events", data)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["premium"]
    assert not PolicyEvent.objects.exists()
    assert client.post(f"{page}events", data, headers={"HX-Request": "true"}).status_code == 200


POLICY_EVENTS = sorted(code for code, spec in event_specs().items() if not spec.platform)


@pytest.mark.parametrize("code", POLICY_EVENTS)
def test_every_policy_event_can_be_sent_as_it_is_offered(alice, code):
    """The samples are in the forms that the intake asks for, all 152 of them."""
    spec = event_specs()[code]
    person = person_of(f"c{alice.pk}")
    policy = person.policies.first()
    sent = send_sample(spec=spec, person=person, policy=policy, data=sample_values(spec, person, policy, "zh-hans"))
    assert (sent.result.status, sent.result.fault) == ("accepted", None)
    assert sent.state == "published"


def test_somebody_who_does_not_hold_the_policy_is_named(alice):
    bob = CustomerFactory(name="王大明")
    PolicyFactory().roles.create(customer=bob, role="beneficiary")
    person = person_of(f"c{bob.pk}")
    policy = person.policies.get()
    spec = event_specs()["renewal.debit_failed"]
    send_sample(spec=spec, person=person, policy=policy, data=sample_values(spec, person, policy, "zh-hans"))
    assert PolicyEvent.objects.get().data["customer_no"] == bob.customer_no


def test_an_agent_is_offered_what_agents_hear_of(client, alice, sandbox):
    agent = alice.policy_roles.first().policy.agent
    answer = client.get(f"/showcase/a{agent.pk}/")
    codes = [code for _, types in answer.context["types"] for code, _ in types]
    assert answer.status_code == 200
    assert codes
    assert all("agent" in event_specs()[code].recipients for code in codes)


def test_a_photo_is_kept_for_the_face_check_or_refused_in_words(client, page, sandbox, alice):
    for wrong in (b"", b"a letter", jpeg(np.full_like(portrait("collins"), 128))):
        answer = client.post(f"{page}photo", {"photo": ContentFile(wrong, "me.jpg")}, follow=True)
        assert "picture" in answer.text
        assert not ReferencePhoto.objects.exists()
    client.post(f"{page}photo", {"photo": ContentFile(jpeg(portrait("collins")), "me.jpg")})
    assert ReferencePhoto.objects.get().customer == alice


def test_whoever_the_readme_names_can_be_verified():
    parse_resident_id(HOLDER_ID, today=timezone.localdate())


def test_the_dials_turn(client, page, sandbox, alice):
    initial = client.get(page).context["dials"].initial
    data = {name: value for name, value in initial.items() if value is not False and name != "reject_numbers"}
    answer = client.post(f"{page}dials", {**data, "service": "sms", "server_error_rate": 100, "reject_this": "on"})
    assert answer.status_code == 302
    dials = sandbox.http.get(sandbox.url + "/dials").json()
    assert dials["sms"]["server_error_rate"] == 1.0
    assert dials["sms"]["reject_numbers"] == sorted([alice.mobile, alice.member.mobile, "openid-alice"])
    assert dials["wechat"]["server_error_rate"] == 0.0
    assert client.post(f"{page}dials", {**data, "timeout_rate": 101}).status_code == 422


def test_what_is_sent_through_the_engine_is_seen(client, page, sandbox, alice):
    """From the cause to the phone, with the real action and the real provider process."""
    make_event_type()
    event = PolicyEventFactory(
        data={"policy_no": "P202600001", "customer_name": "王小明", "premium": "6800.00", "due_date": "2026-12-31"}
    )
    announce_policy_events([event])
    panes = client.get(page).context["panes"]
    assert panes["inbox"]["count"] == 1
    assert panes["timeline"]["count"] == 1
    assert panes["inbox"]["html"].count("P202600001") == 1
