"""What staff see of a customer's tier, and how rules are drafted, tried and approved in the admin."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse
from wagtail.models import ModelLogEntry

from benefits.actions.simulate_tier_terms import run_simulation
from benefits.models import TierSimulation, TierTerms
from benefits.staff.tier_terms import TermsForm
from members.roles import Role
from tests.benefits.tiers import assessed, holder, pays, policy_of
from tests.factories import MemberFactory
from tests.members.accounts import staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("untold", "terms")]


@pytest.fixture(autouse=True)
def december():
    with time_machine.travel("2026-12-01T09:00:00+08:00", tick=False):
        yield


def enter(client, role: Role):
    who = staff(role)
    client.force_login(who)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return who


def text(answer) -> str:
    assert answer.status_code == 200, answer
    return " ".join(answer.content.decode().split())


@pytest.fixture
def carol():
    customer = holder(20_000, name="欧阳爱丽")
    policy_of(customer, 50_000, premium_term_years=5, policy_no="P20240310009")
    policy_of(customer, 900, short=True)
    assessed(customer, date(2026, 3, 1))
    return customer


def test_agent_on_the_phone_sees_why(client, carol):
    """20,000 + 50,000 × 0.6 = 50,000: Gold; 30,000 are missing for Platinum."""
    agent = enter(client, Role.SERVICE_AGENT)
    answer = client.get(reverse("customer_tiers:customer", args=[carol.pk]))
    assert "no-store" in answer["Cache-Control"]
    page = text(answer)
    for shown in (
        "<strong>Gold</strong>", "2027-03-31", "<strong>¥50,000.00</strong>", "Missing for Platinum", "¥30,000.00",
        "P20240310009", "× 0.6", "insurance of a year or less does not count", "tier reached", "no tier → Gold",
        "¥50,000.00 × 0.6 = ¥30,000.00",
    ):  # fmt: skip
        assert shown in page, shown
    entry = ModelLogEntry.objects.get(action="benefits.read_tier")
    assert (entry.user, entry.object_id) == (agent, str(carol.pk))


def test_what_is_missing_to_keep_it(client, carol):
    pays(carol.policy_roles.order_by("pk").first().policy, 1)
    pays(carol.policy_roles.order_by("pk")[2].policy, 10_000)
    assessed(carol, date(2027, 4, 1))
    with time_machine.travel("2027-04-02T09:00:00+08:00"):
        enter(client, Role.SERVICE_AGENT)
        page = text(client.get(reverse("customer_tiers:customer", args=[carol.pk])))
    assert "2027-05-30" in page
    assert "Missing to keep the tier</dt> <dd> ¥23,999.00" in page  # 30,000 − (1 + 10,000 × 0.6)


def test_list_has_those_with_a_tier_and_finds_the_others(client, carol):
    other = holder(1, name="李小路")
    enter(client, Role.BENEFITS_MANAGER)
    found = client.get(reverse("customer_tiers:index")).context["object_list"]
    assert [(row.pk, row.tier) for row in found] == [(carol.pk, "gold")]
    answer = client.post(reverse("customer_tiers:index"), {"wanted": "李小路"}, follow=True)
    assert [(row.pk, row.tier) for row in answer.context["object_list"]] == [(other.pk, None)]
    assert "李小路" not in answer.redirect_chain[-1][0]


def test_file_of_the_member_leads_to_the_tier(client, carol):
    member = MemberFactory(customer=carol)
    enter(client, Role.SERVICE_AGENT)
    page = text(client.get(reverse("member_files:inspect", args=[member.pk])))
    assert reverse("customer_tiers:customer", args=[carol.pk]) in page


def filled_in(**other: object) -> dict[str, object]:
    form = TermsForm(initial=TierTerms.objects.get(shipped=True).terms())
    data = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return data | {"effective_on": "2027-01-01", "reason": "客服节"} | other


def test_rules_are_drafted_tried_proposed_and_approved(client, carol):
    enter(client, Role.BENEFITS_MANAGER)
    page = text(client.get(reverse("tier_terms:add")))
    assert 'value="30000.00"' in page
    answer = client.post(reverse("tier_terms:add"), filled_in(gold_from="60000", gold_cost="800"), follow=True)
    draft = TierTerms.objects.get(shipped=False)
    page = text(answer)
    assert "Nobody is assessed by it yet" in page
    assert "<td>CNY 30,000.00</td> <td> <ins>CNY 60,000.00</ins>" in page

    client.post(reverse("tier_terms:simulate", args=[draft.pk]))
    simulation = TierSimulation.objects.get()
    assert "Under way:" in text(client.get(reverse("tier_terms:simulation", args=[simulation.pk])))
    run_simulation(simulation_id=simulation.pk)
    page = text(client.get(reverse("tier_terms:simulation_progress", args=[simulation.pk])))
    assert "Customers who fall</dt> <dd> <strong>1</strong>" in page
    assert "<strong>↓ 1</strong>" in page
    assert "does not rest on the prices of contracts" in page

    client.post(reverse("tier_terms:act", args=[draft.pk]), {"propose": ""})
    enter(client, Role.APPROVER)
    page = text(client.post(reverse("tier_terms:act", args=[draft.pk]), {"approve": ""}, follow=True))
    assert "Everybody is assessed by these rules from 2027-01-01" in page
    draft.refresh_from_db()
    assert draft.state == "approved"


def test_costs_of_a_simulation(client, carol):
    """Two reach Gold now, at no known cost; one would, at CNY 800, and one Platinum, at CNY 2,000."""
    holder(79_000)
    ben = enter(client, Role.BENEFITS_MANAGER)
    data = filled_in(platinum_from="70000", gold_cost="800", platinum_cost="2000")
    client.post(reverse("tier_terms:add"), data)
    client.post(reverse("tier_terms:simulate", args=[TierTerms.objects.get(shipped=False).pk]))
    simulation = TierSimulation.objects.get(asked_by=ben)
    run_simulation(simulation_id=simulation.pk)
    page = text(client.get(reverse("tier_terms:simulation", args=[simulation.pk])))
    assert "Cost a year, rules in force</dt> <dd> CNY 0.00" in page
    assert "<strong>CNY 2,800.00</strong> (+CNY 2,800.00)" in page
    assert "<strong>↑ 1</strong>" in page


def test_bad_rules_are_explained_at_their_field(client):
    enter(client, Role.BENEFITS_MANAGER)
    page = text(client.post(reverse("tier_terms:add"), filled_in(platinum_from="1", effective_on="2026-12-01")))
    assert "A higher tier takes a higher VIP premium." in page
    assert "Rules take effect tomorrow at the earliest." in page
    assert not TierTerms.objects.filter(shipped=False).exists()


def test_own_proposal_is_for_somebody_else_to_decide(client):
    enter(client, Role.ADMINISTRATOR)
    client.post(reverse("tier_terms:add"), filled_in())
    draft = TierTerms.objects.get(shipped=False)
    client.post(reverse("tier_terms:act", args=[draft.pk]), {"propose": ""})
    page = text(client.post(reverse("tier_terms:act", args=[draft.pk]), {"approve": ""}, follow=True))
    assert "Ask somebody else to decide" in page
    draft.refresh_from_db()
    assert draft.state == "proposed"
