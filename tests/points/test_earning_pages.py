"""The pages on which marketing writes rules and campaigns, and others look at them, try them and switch them on."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from points.actions.simulate_rule import run_simulation
from points.models import EarningCampaign, EarningRule, GivingBack, RuleChange, RulePayment, RuleSimulation
from points.queries import balance_of
from points.staff.simulations import compared
from tests.members.accounts import staff
from tests.points.earning import load, rule, terms, told
from tests.points.test_earning_caps import campaign

pytestmark = pytest.mark.django_db
NEW = reverse("rule_changes:add") + "?trigger=service.completed"
NO_CONDITIONS = {"conditions-TOTAL_FORMS": "3", "conditions-INITIAL_FORMS": "0"} | {
    "reversal-TOTAL_FORMS": "0",
    "reversal-INITIAL_FORMS": "0",
}
RULE = NO_CONDITIONS | {
    "code": "festival.address", "name_zh": "更新地址", "name_en": "Address brought up to date", "group": "festival",
    "live": "on", "source": "fixed", "points": "30", "cap_lifetime": "30", "reason": "客服节",
    "conditions-0-field": "event.service", "conditions-0-operator": "is",
    "conditions-0-value": "account.address_email_change",
    "conditions-1-field": "event.platform", "conditions-1-operator": "in", "conditions-1-value": "app，wechat",
}  # fmt: skip


@pytest.fixture
def ann(client):
    """Writes for marketing."""
    ann = staff("Marketing editor", "Ann")
    client.force_login(ann)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return ann


@pytest.fixture
def ben():
    return staff("Approver", "Ben")


def text(answer):
    return answer.content.decode()


def test_a_rule_is_written_shown_in_words_kept_proposed_and_switched_on(client, ann, ben, alice):
    shown = text(client.post(NEW, RULE | {"preview": ""}))
    assert "Nothing is kept yet" in shown
    assert "platform is one of" in shown
    assert not RuleChange.objects.exists()
    page = text(client.post(NEW, RULE, follow=True))
    assert "Nothing is paid by it yet" in page
    change = RuleChange.objects.get()
    assert change.conditions == [
        {"field": "event.service", "is": "account.address_email_change"},
        {"field": "event.platform", "in": ["app", "wechat"]},
    ]
    act = reverse("rule_changes:act", args=[change.pk])
    assert "as soon as a second person approves" in text(client.post(act, {"propose": ""}, follow=True))
    client.force_login(ben)
    assert "holds from now on" in text(client.post(act, {"approve": ""}, follow=True))
    told(alice, "service.completed", service="account.address_email_change", platform="app", at=timezone.now())
    assert balance_of(alice.pk).available == 30


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"points": "0"}, "greater than or equal to 1"),
        ({"points": "1.5"}, "whole number"),
        ({"points": "-3"}, "greater than or equal to 1"),
        ({"cap_lifetime": "20"}, "less than the 30 points"),
        ({"starts_at": "2027-01-02T00:00", "ends_at": "2027-01-01T00:00"}, "end before it starts"),
        ({"conditions-0-value": "renewal.pay_premium"}, "art. 116"),
        ({"conditions-0-value": "weather.report"}, "none of the values below"),
        ({"conditions-0-operator": "at_least"}, "compared like that"),
        ({"conditions-0-operator": ""}, "Choose a field and a comparison"),
        ({"conditions-2-field": "event.colour"}, "event.colour"),
        ({"source": "service"}, "the catalogue says how many"),
        ({"code": "Festival!"}, "small letters"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(client, ann, changes, said):
    page = text(client.post(NEW, RULE | changes))
    assert said in page
    assert "客服节" in page
    assert not RuleChange.objects.exists()


def test_a_new_rule_takes_no_others_code(client, ann):
    rule(code=RULE["code"])
    page = text(client.post(NEW, RULE))
    assert "There is a rule with this code" in page
    assert "客服节" in page
    assert not RuleChange.objects.exists()


def test_an_event_that_nothing_may_reward_is_not_offered(client, ann):
    page = text(client.get(reverse("rule_changes:add")))
    assert "service.completed" in page
    assert "renewal.debit_success" not in page


@pytest.mark.parametrize(
    ("trigger", "said"),
    [
        ("renewal.debit_success", "about premium, top-up, loan or surrender. Insurance Law art. 116"),
        ("no.such", "There is no event “no.such”"),
        ("", "This field is required"),
    ],
)
def test_of_an_event_that_is_not_offered_it_is_said_why(client, ann, trigger, said):
    address = reverse("rule_changes:add") + f"?trigger={trigger}"
    for answer in (client.get(address), client.post(address, RULE)):
        assert answer.status_code == 200
        assert said in text(answer)
    assert not RuleChange.objects.exists()


def test_each_rule_of_the_catalogue_can_be_opened_changed_and_kept_as_it_is(client, ann):
    load()
    for found in EarningRule.objects.all():
        assert found.code in text(client.get(reverse("earning_rules:inspect", args=[found.pk])))
        address = reverse("rule_changes:change", args=[found.pk])
        form = client.get(address).context["written"]
        data = {name: value for name, value in form.form.initial.items() if value not in (None, False, [])}
        data = {name: value for name, value in data.items() if name in form.form.fields} | {"reason": "试"}
        for formset in (form.conditions, form.reversal_conditions):
            data |= {f"{formset.prefix}-TOTAL_FORMS": formset.total_form_count()}
            data |= {f"{formset.prefix}-INITIAL_FORMS": formset.initial_form_count()}
            for number, condition in enumerate(formset.initial):
                data |= {f"{formset.prefix}-{number}-{name}": value for name, value in condition.items()}
        assert "says this already" in text(client.post(address, data)), found.code
        client.post(address, data | {"name_en": "Another name"})
        change = RuleChange.objects.get(code=found.code)
        assert change.terms() | {"name_en": found.name_en} == found.terms()


def test_who_drafted_can_not_approve_and_is_told(client, alice):
    both = staff("Administrator", "Carla")
    client.force_login(both)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.post(NEW, RULE)
    change = RuleChange.objects.get()
    act = reverse("rule_changes:act", args=[change.pk])
    client.post(act, {"propose": ""})
    assert "Ask somebody else" in text(client.post(act, {"approve": ""}, follow=True))
    assert not EarningRule.objects.exists()


def test_who_rejects_a_rule_or_a_campaign_says_why(client, ann, ben):
    client.post(NEW, RULE)
    change = RuleChange.objects.get()
    rule()
    draft = campaign(state="draft", proposed_by=None, decided_by=None, decided_at=None)
    for addresses, proposal in (("rule_changes", change), ("earning_campaigns", draft)):
        act = reverse(f"{addresses}:act", args=[proposal.pk])
        client.force_login(ann)
        client.post(act, {"propose": ""})
        client.force_login(ben)
        page = text(client.get(reverse(f"{addresses}:inspect", args=[proposal.pk])))
        assert "Needed when you reject" in page
        assert "should do instead, then reject" in text(client.post(act, {"reject": "", "remark": " "}, follow=True))
        proposal.refresh_from_db()
        assert proposal.state == "proposed"
        rejected = text(client.post(act, {"reject": "", "remark": "先算预算"}, follow=True))
        assert "Rejected." in rejected and "先算预算" in rejected


def test_the_state_of_what_was_rejected_is_called_as_the_button_is():
    with translation.override("zh-hans"):
        states = {model.State.REJECTED.label for model in (RuleChange, EarningCampaign, GivingBack)}
        assert states == {f"已{gettext('Reject')}"} == {"已退回"}


def test_the_form_of_a_change_says_which_rule_it_is_about(client, ann):
    changed = rule(name_en="Reading a letter")
    page = text(client.get(reverse("rule_changes:change", args=[changed.pk])))
    assert page.count("Change a rule: Reading a letter") >= 2


def test_the_form_of_a_campaign_has_parts(client, ann):
    page = text(client.get(reverse("earning_campaigns:add")))
    heads = ("What members read", "What is multiplied", "How long, and how much at most", "For the second person")
    places = [page.index(f"<h2>{head}</h2>") for head in heads]
    assert places == sorted(places)


def test_the_first_page_says_what_one_can_do_here(client, ann):
    page = text(client.get(reverse("wagtailadmin_home")))
    assert "What you can do here" in page and reverse("earning_campaigns:index") in page
    client.force_login(staff("Notification operator"))
    assert "What you can do here" not in text(client.get(reverse("wagtailadmin_home")))


def test_a_draft_is_compared_with_the_rule_in_force():
    result = {"points": 3_000, "bonus": 0, "members": 10, "payments": 30}
    in_force = {"points": 4_500, "bonus": 500, "members": 9, "payments": 50}
    assert compared(result) == [] == compared(result | {"in_force": None})
    with translation.override("en"):
        lines = [(line.in_force, line.drafted, line.difference) for line in compared(result | {"in_force": in_force})]
    assert lines == [
        ("5,000", "3,000", "−2,000"),
        ("CNY 50.00", "CNY 30.00", "−CNY 20.00"),
        ("9", "10", "+1"),
        ("50", "30", "−20"),
    ]


def test_a_simulation_shows_whom_it_would_have_paid_masked(client, ann, alice):
    birthday = NO_CONDITIONS | {
        "code": "test.join", "name_zh": "入会", "name_en": "Joined", "group": "care", "live": "on", "source": "fixed",
        "points": "70", "reason": "试算",
    }  # fmt: skip
    client.post(reverse("rule_changes:add") + "?trigger=membership.registered", birthday)
    change = RuleChange.objects.get()
    address = reverse("rule_changes:simulate", args=[change.pk])
    assert "from 1 to 366" in text(client.post(address, {"days": "0"}, follow=True))
    client.post(address, {"days": "30"})
    simulation = RuleSimulation.objects.get()
    waiting = text(client.get(reverse("rule_changes:simulation_progress", args=[simulation.pk])))
    assert "hx-get" in waiting or simulation.state == "finished"
    run_simulation(simulation_id=simulation.pk)
    page = text(client.get(reverse("rule_changes:simulation", args=[simulation.pk])))
    assert "CNY 0.70" in page
    assert "王**" in page and "王小明" not in page
    assert alice.mobile not in page and alice.mobile[3:] not in page
    assert not RulePayment.objects.exists()


def test_a_simulation_tells_apart_what_it_would_pay_for_and_what_only_takes_back(client, ann):
    change = RuleChange.objects.create(drafted_by=ann, reason="试算", **terms())
    result = {"events": 1_234, "reversals": 5_678, "payments": 1_200, "undone": 30, "whys": {"cap": 4}}
    result |= dict.fromkeys(("points", "bonus", "taken_back", "members"), 1)
    RuleSimulation.objects.create(
        change=change, terms=change.stored_terms(), days=30, asked_by=ann, state="finished", result=result
    )
    page = text(client.get(reverse("rule_changes:simulation", args=[RuleSimulation.objects.get().pk])))
    assert "1,234" in page
    assert "besides 5,678 that can only take points back" in page
    assert "of 30 other payments" in page


def test_a_campaign(client, ann, ben, alice):
    rule()
    now = timezone.localtime()
    data = {
        "name_zh": "双倍积分", "name_en": "Double points", "multiplier": "2", "rules": ["test.quiz"],
        "starts_at": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "ends_at": f"{now + timedelta(days=1):%Y-%m-%dT%H:%M}", "budget": "7", "reason": "客服节",
    }  # fmt: skip
    new = reverse("earning_campaigns:add")
    assert "above 1" in text(client.post(new, data | {"multiplier": "1"}))
    assert "before it starts" in text(client.post(new, data | {"ends_at": data["starts_at"]}))
    client.post(new, data)
    campaign = EarningCampaign.objects.get()
    act = reverse("earning_campaigns:act", args=[campaign.pk])
    client.post(act, {"propose": ""})
    client.force_login(ben)
    client.post(act, {"approve": ""})
    for _ in range(2):
        told(alice)
    assert balance_of(alice.pk).available == 15
    page = text(client.get(reverse("earning_campaigns:inspect", args=[campaign.pk])))
    assert "5" in page and "CNY 0.05" in page
    assert "Stopped" in text(client.post(act, {"stop": ""}, follow=True))


def test_the_results_of_a_campaign_are_what_it_added(client, ben, alice, bob):
    """Of events on two days by two members, one of them taken back: by day as in all, and no more."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(ben)
    rule(points=1_000)
    now = timezone.now()
    triple = campaign(
        multiplier=Decimal(3), starts_at=now - timedelta(days=3), ends_at=now + timedelta(days=3), budget=10_000
    )
    for member, days in ((alice, 1), (alice, 0), (bob, 0), (bob, 5)):
        told(member, at=now - timedelta(days=days))
    taken_back = RulePayment.objects.filter(member=alice).latest("pk")
    client.post(reverse("rule_payments:act", args=[taken_back.pk]), {"take_back": "", "reason": "case:7"})
    answer = client.get(reverse("earning_campaigns:inspect", args=[triple.pk]))
    page = " ".join(text(answer).split())
    for label, shown in (
        ("State", "running"), ("Points that it added", "4,000 / 10,000"), ("Cost", "CNY 40.00"), ("Members", "2"),
        ("Payments that it multiplied", "2"), ("Points taken back", "2,000"),
    ):  # fmt: skip
        assert f"<dt>{label}</dt> <dd> {shown} </dd>" in page, label
    assert [points for _day, points in answer.context["by_day"]] == [2_000, 2_000]


@pytest.mark.parametrize(
    ("other", "said", "may_stop"),
    [
        ({"starts_at": 1, "ends_at": 2}, "approved, has not begun", True),
        ({"starts_at": -1, "ends_at": 1}, "running", True),
        ({"starts_at": -1, "ends_at": 1, "budget": 5, "spent": 5}, "budget spent", True),
        ({"starts_at": -2, "ends_at": -1}, "over", True),
    ],
)
def test_of_a_campaign_it_is_said_whether_it_runs(client, ben, other, said, may_stop):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(ben)
    moments = {name: timezone.now() + timedelta(days=other[name]) for name in ("starts_at", "ends_at")}
    shown = campaign(**other | moments)
    answer = client.get(reverse("earning_campaigns:inspect", args=[shown.pk]))
    assert str(answer.context["standing"]) == said
    assert ('name="stop"' in answer.text) == may_stop
    listed = text(client.get(reverse("earning_campaigns:index")))
    assert f">{said}<" in re.sub(r"\s*([<>])\s*", r"\1", listed) and "× 2" in listed


def test_a_campaign_is_withdrawn_by_whoever_drafts(client, ann, ben):
    rule()
    draft = campaign(state="draft", proposed_by=None, decided_by=None, decided_at=None)
    page, act = (reverse(f"earning_campaigns:{name}", args=[draft.pk]) for name in ("inspect", "act"))
    client.force_login(ben)
    assert 'name="withdraw"' not in text(client.get(page))
    client.force_login(ann)
    assert 'name="withdraw"' in text(client.get(page))
    assert "Withdrawn." in text(client.post(act, {"withdraw": ""}, follow=True))
    assert 'name="withdraw"' not in text(client.get(page))


def test_large_payments_are_approved_by_two_and_false_ones_taken_back(client, ben, alice):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    rule(approval_above=4)
    told(alice)
    payment = RulePayment.objects.get()
    act = reverse("rule_payments:act", args=[payment.pk])
    client.force_login(ben)
    assert "Large payments of rules" in text(client.get(reverse("wagtailadmin_home")))
    assert "second person" in text(client.post(act, {"approve": ""}, follow=True))
    assert "said yes already" in text(client.post(act, {"approve": ""}, follow=True))
    client.force_login(staff("Approver", "Dan"))
    assert "Paid." in text(client.post(act, {"approve": ""}, follow=True))
    assert balance_of(alice.pk).available == 5
    assert "Say why" in text(client.post(act, {"take_back": "", "reason": ""}, follow=True))
    assert "is owed" in text(client.post(act, {"take_back": "", "reason": "case:7"}, follow=True))
    assert balance_of(alice.pk).available == 0
    assert alice.mobile[3:] not in text(client.get(reverse("rule_payments:inspect", args=[payment.pk])))
