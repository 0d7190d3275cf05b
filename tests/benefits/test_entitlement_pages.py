"""What staff see of customers' entitlements, and what they give by hand."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from wagtail.models import ModelLogEntry

from benefits.models import Entitlement, QuotaGrant, Service, Tier
from members.roles import Role
from tests.benefits.entitling import DAY, give_tier, insure, refresh
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import staff, verified

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(f"{DAY}T12:00:00+08:00", tick=False):
        yield


@pytest.fixture
def alice():
    member = verified(MemberFactory(customer=CustomerFactory(name="欧阳爱丽", customer_no="C777000001")))
    give_tier(member.customer, Tier.GOLD)
    insure(member.customer, "PA_DRIVE", policy_no="P20260000017")
    refresh(member.customer)
    return member.customer


@pytest.fixture
def agent():
    return staff(Role.SERVICE_AGENT, "李客服")


@pytest.fixture
def manager():
    return staff(Role.BENEFITS_MANAGER, "王经理")


def enter(client, who):
    client.force_login(who)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def text(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def page_of(client, customer):
    return text(client.get(reverse("customer_entitlements:customer", args=[customer.pk])))


def fill_in(client, customer, **other):
    about = {
        "service": Service.objects.get(code="dental_cleaning").pk, "quota": 2, "starts_on": DAY,
        "ends_on": DAY + timedelta(days=32), "reason": "provider", "note": "诊所停诊", "request_id": uuid4(),
    }  # fmt: skip
    return client.post(reverse("customer_entitlements:grant", args=[customer.pk]), about | other, follow=True)


def press(client, grant, button):
    return text(client.post(reverse("quota_grants:decide", args=[grant.pk]), {button: ""}, follow=True))


def test_an_agent_finds_the_customer_and_reads_what_is_left(client, alice, agent):
    Entitlement.objects.filter(service__code="tele_doctor").update(used=3, held=1)
    enter(client, agent)
    index = reverse("customer_entitlements:index")
    assert "C777000001" in text(client.post(index, {"wanted": "欧阳"}, follow=True))
    page = page_of(client, alice)
    assert "Telephone doctor" in page and "<strong>8</strong>" in page and "P20260000017" in page and "Gold" in page
    assert ModelLogEntry.objects.filter(action="benefits.read_entitlements", user=agent).count() == 1


def test_the_members_file_leads_there(client, alice, agent):
    enter(client, agent)
    file = text(client.get(reverse("member_files:inspect", args=[alice.member.pk])))
    assert reverse("customer_entitlements:customer", args=[alice.pk]) in file


def test_one_proposes_and_another_gives(client, alice, agent, manager):
    enter(client, agent)
    assert "a second person has to agree" in text(fill_in(client, alice))
    grant = QuotaGrant.objects.get()
    page = text(client.get(reverse("quota_grants:inspect", args=[grant.pk])))
    assert "You proposed this." in page and "Approve" not in page and "诊所停诊" in page
    enter(client, manager)
    assert "Proposed grants of benefits" in text(client.get(reverse("wagtailadmin_home")))
    assert "欧阳爱丽" in text(client.get(reverse("quota_grants:index"), {"state": "waiting"}))
    assert "Given. The customer is told." in press(client, grant, "approve")
    assert "given by staff" in page_of(client, alice) and "+2" in page_of(client, alice)
    assert "was faster; the decision is: approved" in press(client, grant, "reject")
    assert Entitlement.objects.get(source="grant").quota == 2


def test_the_same_person_is_refused_and_so_is_their_own(client, alice, manager):
    enter(client, manager)
    fill_in(client, alice)
    assert "You proposed this yourself." in press(client, QuotaGrant.objects.get(), "approve")
    manager.customer = CustomerFactory()
    manager.save()
    assert "This is your own account." in text(fill_in(client, manager.customer))
    assert not Entitlement.objects.filter(source="grant").exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"ends_on": DAY - timedelta(days=1)}, "It has to begin today or later"),
        ({"quota": 21}, "Ensure this value is less than or equal to 20."),
        ({"note": ""}, "This field is required."),
        ({"service": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_is_said_at_the_field(client, alice, agent, wrong, words):
    enter(client, agent)
    assert words in text(fill_in(client, alice, **wrong))
    assert not QuotaGrant.objects.exists()


def test_automatic_services_are_not_offered(client, alice, agent):
    enter(client, agent)
    page = text(client.get(reverse("customer_entitlements:grant", args=[alice.pk])))
    assert "Dental cleaning" in page and "VIP line" not in page


def test_companies_have_no_page(client, agent):
    enter(client, agent)
    company = CustomerFactory(kind="corporate")
    assert client.get(reverse("customer_entitlements:customer", args=[company.pk])).status_code == 404


def test_usage_as_a_picture_and_as_a_table(client, alice, manager):
    Entitlement.objects.filter(service__code="tele_doctor").update(used=3)
    enter(client, manager)
    page = text(client.get(reverse("benefit_usage:index")))
    assert "<svg" in page and "25 %" in page and "PA_DRIVE" in page
