"""An agent on the phone opens a case for whoever calls."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from benefits.actions.open_case import open_case
from benefits.models import BenefitDocument, Case, CaseMessage, Entitlement
from members.actions.serve_member import AccountOfStaff, OwnAccount
from members.events import AccountsMerged, accounts_merged
from members.roles import Role
from tests.benefits.desk_cast import ask, case_provider, case_service, entitle, mother_of, patient, pdf
from tests.factories import CustomerFactory
from tests.members.accounts import staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("private")]


@pytest.fixture
def alice():
    case_provider("emergency_rescue", name_en="Global Rescue")
    return patient("emergency_rescue", by_hotline=True, quota=2)


@pytest.fixture
def agent(client):
    worker = staff(Role.SERVICE_AGENT, "李客服")
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(worker)
    return worker


def text(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def benefits_page(client, member):
    return text(client.get(reverse("customer_entitlements:customer", args=[member.customer_id])))


def address(member, service="emergency_rescue"):
    return reverse("customer_entitlements:case", args=[member.customer_id, service])


def send(client, member, service="emergency_rescue", **other):
    asked = {"text": "登山时摔伤了腿", "key": "1"} | other
    return text(client.post(address(member, service), asked, follow=True))


def test_it_works(client, agent, alice):
    page = benefits_page(client, alice)
    assert address(alice) in page and "opened by the hotline alone" in page and "Open cases" not in page
    form = text(client.get(address(alice)))
    assert "Emergency rescue · 王小明" in form and "What is asked for?" in form and "to these two only" in form
    for _ in range(2):
        page = send(client, alice)
        assert "Global Rescue is told" in page and "by phone: 李客服" in page
        assert "登山时摔伤了腿" not in page
    case = Case.objects.get()
    assert (case.member, CaseMessage.objects.get().by) == (alice, agent)
    assert Entitlement.objects.get().held == 1
    assert reverse("benefit_cases:inspect", args=[case.pk]) in benefits_page(client, alice)
    client.force_login(alice)
    assert "登山时摔伤了腿" in text(client.get(f"/me/cases/{case.pk}"))


def test_whoever_wrote_from_an_account_that_was_joined_is_no_agent(client, agent, alice):
    case_provider("hospital_guidance")
    by_phone, own = ask(alice, "emergency_rescue", agent=agent), ask(patient("hospital_guidance"), "hospital_guidance")
    Case.objects.update(member=patient())
    assert "by phone: 李客服" in text(client.get(reverse("benefit_cases:inspect", args=[by_phone.pk])))
    assert "by phone:" not in text(client.get(reverse("benefit_cases:inspect", args=[own.pk])))


def test_whatever_else_the_service_needs_is_asked_for(client, agent):
    case_provider("hospital_guidance", city="上海市")
    alice = patient(
        "hospital_guidance",
        family_quota=1,
        family_relations=["parent"],
        document_zh="病历",
        document_en="Medical record",
    )
    mother = mother_of(alice)
    form = text(client.get(address(alice, "hospital_guidance")))
    assert "上海市" in form and "李桂芳" in form and "Medical record" in form
    asked = {"service": "hospital_guidance", "city": "上海市", "guest": mother.pk}
    assert "Please add this as a picture or PDF: Medical record" in send(client, alice, **asked)
    assert not Case.objects.exists()
    send(client, alice, **asked, files=[pdf("a.pdf"), pdf("b.pdf")])
    assert (Case.objects.get().guest, Case.objects.get().city) == (mother, "上海市")
    assert BenefitDocument.objects.filter(by=agent).count() == 2


def test_what_is_refused_is_said_at_its_field(client, agent, alice):
    assert "This field is required." in send(client, alice, text="")
    mother = mother_of(alice)
    answer = client.post(address(alice), {"text": "摔伤", "key": "1", "guest": mother.pk})
    assert "guest" in answer.context["form"].errors
    answer = client.post(address(alice), {"text": "摔伤", "key": "1", "files": SimpleUploadedFile("a.pdf", b"no pdf")})
    assert "files" in answer.context["form"].errors
    stranger = mother_of(patient("emergency_rescue"))
    assert "guest" in client.post(address(alice), {"text": "摔伤", "guest": stranger.pk}).context["form"].errors
    assert not Case.objects.exists()


def test_what_stands_in_the_way_is_said_instead_of_a_link(client, agent, alice):
    Entitlement.objects.update(used=2)
    page = benefits_page(client, alice)
    assert address(alice) not in page and "used up" in page
    assert "You have booked or used all of this service" in send(client, alice)


def test_nobody_without_an_account(client, agent):
    nobody = CustomerFactory()
    case_provider("emergency_rescue")
    member = patient("emergency_rescue")
    member.is_active = False
    member.save()
    assert "no account that is in use" in benefits_page(client, member)
    assert client.get(address(member)).status_code == 404
    path = reverse("customer_entitlements:case", args=[nobody.pk, "emergency_rescue"])
    assert client.get(path).status_code == 404
    assert client.get(address(member, "dental_cleaning")).status_code == 404


def test_nobody_for_themselves_or_for_colleagues(client, agent, alice):
    agent.customer = CustomerFactory()
    agent.save()
    entitle(agent, case_service("emergency_rescue"))
    assert "This is your own account." in send(client, agent)
    colleague = staff(Role.SERVICE_AGENT)
    colleague.customer = CustomerFactory()
    colleague.save()
    assert "This is an account of the staff." in send(client, colleague)
    for member, refusal in ((agent, OwnAccount), (colleague, AccountOfStaff)):
        with pytest.raises(refusal):
            open_case(member=member, service_code="emergency_rescue", text="摔伤", key="1", agent=agent)
    assert not Case.objects.exists()


def test_who_may_only_look_finds_no_way_there(client, alice):
    client.force_login(staff(Role.ANALYST))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    assert address(alice) not in benefits_page(client, alice)
    assert client.get(address(alice)).status_code == 302
    client.post(address(alice), {"text": "摔伤", "key": "1"})
    assert not Case.objects.exists()


def test_what_the_member_opened_names_no_agent(client, agent):
    case_provider()
    case = ask(patient())
    assert "by phone" not in text(client.get(reverse("benefit_cases:inspect", args=[case.pk])))


def test_what_a_merged_account_opened_names_no_agent_either(client, agent):
    case_provider()
    case, kept = ask(patient()), patient()
    accounts_merged.send(AccountsMerged, fact=AccountsMerged(kept_id=kept.pk, closed_id=case.member_id))
    case.refresh_from_db()
    assert case.member == kept
    assert "by phone" not in text(client.get(reverse("benefit_cases:inspect", args=[case.pk])))
