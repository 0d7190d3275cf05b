"""A simulation says what the rule would have paid: exactly what it then pays, and it writes nothing meanwhile."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import InternalError, connection

from members.actions.raise_membership_events import raise_membership_event
from members.models import MembershipEvent
from points.actions.draft_rule_change import draft_rule_change
from points.actions.simulate_rule import TIME_LIMIT, run_simulation, start_simulation
from points.consumer import earn_from_policy_events
from points.earning import trial
from points.earning.checking import BadTerms
from points.earning.deciding import Award
from points.earning.kept_facts import membership_events
from points.models import Account, EarningRule, Posting, RulePayment, RuleSimulation
from points.tasks import resume_simulations
from tests.members.accounts import staff, verified
from tests.members.policy_log import published
from tests.points.earning import NOON, customer_with_account, pay, points_of, policy_of, rule, terms
from tests.points.test_earning_caps import campaign

pytestmark = pytest.mark.django_db
ELETTER = {
    "code": "test.eletter",
    "trigger": "policy_admin.notice_preference_changed",
    "points": 50,
    "cap_month": 60,
    "conditions": [{"field": "event.option_name", "is": "电子信函"}],
    "reversal_trigger": "policy_admin.notice_preference_changed",
    "reversal_conditions": [{"field": "event.option_name", "is": "纸质信函"}],
    "reversal_match": ["event.policy_no"],
    "reversal_days": 90,
}


@pytest.fixture(autouse=True)
def noon(untold):
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def simulated(days=90, **other):
    editor = staff("Marketing editor")
    change = draft_rule_change(terms=terms(**other), reason="试算", by=editor)
    simulation = start_simulation(change_id=change.pk, days=days, by=editor)
    run_simulation(simulation_id=simulation.pk)
    simulation.refresh_from_db()
    return simulation


def history():
    """What three customers chose in the past weeks, on four policies; one of them has no account of ours."""
    carol, dora = customer_with_account(name="卡罗"), customer_with_account(name="朵拉")
    policies = [policy_of(carol), policy_of(carol), policy_of(dora)]
    chosen = [
        (0, 60, "电子信函"), (1, 59, "电子信函"), (2, 50, "短信"), (2, 49, "电子信函"),
        (0, 40, "纸质信函"), (1, 20, "电子信函"), (2, 10, "电子信函"), (0, 200, "电子信函"),
    ]  # fmt: skip
    events = []
    for policy, days, option in sorted(chosen, key=lambda each: -each[1]):
        number = policies[policy].policy_no
        events += published(
            type=ELETTER["trigger"], subject=number, occurred_at=NOON - timedelta(days=days),
            data={"customer_name": "王先生", "policy_no": number, "option_name": option},
        )  # fmt: skip
    return carol, dora, events


def test_it_says_exactly_what_is_then_paid():
    carol, dora, events = history()
    result = simulated(**ELETTER).result
    assert result["events"] == 7
    rule(**ELETTER, live_since=NOON - timedelta(days=90))
    earn_from_policy_events(events)
    assert result["points"] == points_of(carol) + points_of(dora) > 0
    counted = RulePayment.objects.filter(state="paid")
    assert (result["payments"], result["members"]) == (counted.count(), 2)
    assert result["taken_back"] == sum(each.total for each in RulePayment.objects.filter(state="taken_back")) > 0
    by_day = {}
    for payment in counted:
        by_day[str(payment.earned_on)] = by_day.get(str(payment.earned_on), 0) + payment.total
    assert result["by_day"] == by_day
    assert dict(result["top"]) == {carol.pk: points_of(carol), dora.pk: points_of(dora)}


def test_membership_events_that_are_kept_are_looked_at_too(alice, bob):
    verified(alice)
    ids = []
    for member in (alice, bob):
        raise_membership_event(member_id=member.pk, code="membership.birthday", period="2026")
    ids = list(MembershipEvent.objects.values_list("pk", flat=True))
    birthday = {
        "code": "test.birthday", "trigger": "membership.birthday", "points": 9,
        "conditions": [{"field": "member.level", "at_least": "verified"}],
    }  # fmt: skip
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        result = simulated(**birthday).result
        rule(**birthday)
        paid = [each for each in pay(*membership_events(ids)) if isinstance(each.decision, Award)]
    assert (result["points"], result["whys"]) == (9, {"conditions": 1})
    assert len(paid) == 1 and points_of(alice) == 9


def test_it_says_what_the_rule_in_force_would_have_paid_of_the_same():
    carol, dora, events = history()
    editor = staff("Marketing editor")
    change = draft_rule_change(terms=terms(**ELETTER), reason="试算", by=editor)

    def result():
        simulation = start_simulation(change_id=change.pk, days=90, by=editor)
        run_simulation(simulation_id=simulation.pk)
        simulation.refresh_from_db()
        return simulation.result

    assert result()["in_force"] is None
    holding = rule(**ELETTER | {"points": 30, "cap_month": None}, live_since=NOON - timedelta(days=90))
    found = result()
    earn_from_policy_events(events)
    assert found["in_force"]["events"] == found["events"] == 7
    assert found["in_force"]["points"] == points_of(carol) + points_of(dora) > 0
    assert found["points"] == result()["points"] != found["in_force"]["points"]
    EarningRule.objects.filter(pk=holding.pk).update(live=False)
    assert result()["in_force"] is None


def test_what_only_takes_points_back_is_counted_apart_and_the_rest_adds_up():
    carol = customer_with_account()
    number = policy_of(carol).policy_no
    for days, trigger, claim in (
        (40, "claims.accepted", "C1"), (39, "claims.accepted", "C2"), (38, "claims.accepted", "C3"),
        (37, "claims.withdrawn", "C1"), (36, "claims.withdrawn", "C9"), (35, "claims.accepted", "C4"),
    ):  # fmt: skip
        published(
            type=trigger, subject=number, occurred_at=NOON - timedelta(days=days),
            data={"customer_name": "王先生", "policy_no": number, "claim_no": claim},
        )  # fmt: skip
    claims = {
        "code": "test.claim", "trigger": "claims.accepted", "points": 10, "cap_lifetime": 20,
        "reversal_trigger": "claims.withdrawn", "reversal_match": ["event.claim_no"],
    }  # fmt: skip
    simulation = simulated(**claims)
    result = simulation.result
    assert (simulation.events, simulation.done) == (6, 6)
    assert (result["events"], result["reversals"]) == (4, 2)
    assert (result["payments"], result["undone"], result["whys"]) == (2, 1, {"cap": 1})
    assert result["events"] == result["payments"] + result["undone"] + sum(result["whys"].values())


def test_nothing_is_written():
    _carol, _dora, _events = history()
    simulation = simulated(**ELETTER)
    assert simulation.state == "finished"
    for model in (RulePayment, Posting, Account, EarningRule):
        assert not model.objects.exists()


def test_the_database_itself_refuses_to_write_meanwhile(monkeypatch):
    history()

    def write(self, places):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE points_rulesimulation SET days = 1")

    monkeypatch.setattr(trial.Trial, "look_at", write)
    with pytest.raises(InternalError, match="read-only"):
        simulated(**ELETTER)
    assert RuleSimulation.objects.get().state == "failed"


def test_a_budget_ends_it_as_it_would_end_the_rule():
    history()
    result = simulated(**(ELETTER | {"budget": 120, "cap_month": None})).result
    assert result["points"] <= 120
    assert result["whys"]["budget"] > 0


def test_a_rule_that_is_to_come_is_tried_as_though_it_had_run():
    history()
    expected = simulated(**ELETTER).result
    for code, days in (("test.later", (1, 30)), ("test.earlier", (-400, -300))):
        starts_at, ends_at = (NOON + timedelta(days=each) for each in days)
        result = simulated(**(ELETTER | {"code": code, "starts_at": starts_at, "ends_at": ends_at})).result
        assert result == expected and result["points"] > 0


def test_campaigns_that_are_to_come_multiply_and_those_that_are_over_do_not():
    history()
    campaign(rules=["test.eletter"], multiplier=3, starts_at=NOON - timedelta(days=90), ends_at=NOON)
    campaign(rules=["test.eletter"], starts_at=NOON + timedelta(days=1), ends_at=NOON + timedelta(days=2))
    result = simulated(**ELETTER).result
    assert result["bonus"] == result["points"] > 0


def test_only_the_newest_events_are_looked_at_and_progress_is_told(monkeypatch):
    history()
    monkeypatch.setattr(trial, "MOST_EVENTS", 4)
    monkeypatch.setattr(trial, "PAGE", 3)
    simulation = simulated(**ELETTER)
    assert (simulation.events, simulation.done, simulation.percent) == (4, 4, 100)


def test_run_twice_it_is_run_once(monkeypatch):
    history()
    simulation = simulated(**ELETTER)
    monkeypatch.setattr(trial.Trial, "look_at", None)
    run_simulation(simulation_id=simulation.pk)
    simulation.refresh_from_db()
    assert simulation.state == "finished"


def test_one_whose_worker_was_killed_is_taken_over_once_it_cannot_be_running_any_more(noon):
    history()
    expected = simulated(**ELETTER).result
    killed = RuleSimulation.objects.filter(state="finished")
    killed.update(state="running", started_at=NOON, finished_at=None, result={}, done=3)
    noon.shift(TIME_LIMIT - timedelta(seconds=1))
    resume_simulations()
    assert RuleSimulation.objects.get().state == "running"
    noon.shift(1)
    resume_simulations()
    simulation = RuleSimulation.objects.get()
    assert (simulation.state, simulation.result, simulation.done) == ("finished", expected, 7)


def test_who_may_and_for_how_long():
    editor, analyst = staff("Marketing editor"), staff("Analyst")
    change = draft_rule_change(terms=terms(), reason="试算", by=editor)
    assert start_simulation(change_id=change.pk, days=366, by=analyst)
    with pytest.raises(PermissionDenied):
        start_simulation(change_id=change.pk, days=30, by=staff("Service agent"))
    for days in (0, 367, 1.5):
        with pytest.raises(BadTerms) as refusal:
            start_simulation(change_id=change.pk, days=days, by=analyst)
        assert list(refusal.value.faults) == ["days"]
