"""A rule is drafted by one and switched on by another; until then nothing is paid, and everything is kept."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone

from members.actions.decide_policy_change import SamePerson
from points.actions import load_earning_rules as loading
from points.actions.decide_campaign import NotRunning, decide_campaign, stop_campaign
from points.actions.decide_rule_change import decide_rule_change
from points.actions.draft_campaign import draft_campaign, propose_campaign, revise_campaign, withdraw_campaign
from points.actions.draft_rule_change import (
    AlreadyDrafted,
    NothingChanges,
    draft_rule_change,
    propose_rule_change,
    revise_rule_change,
    withdraw_rule_change,
)
from points.actions.load_earning_rules import load_earning_rules
from points.actions.proposals import AlreadyDecided, NotADraft, NotProposed
from points.earning.checking import BadTerms
from points.models import EarningCampaign, EarningRule, RuleChange
from tests.members.accounts import staff
from tests.points.earning import NOON, awarded, points_of, rule, terms, told, whys

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def ann():
    return staff("Marketing editor")


@pytest.fixture
def ben():
    return staff("Approver")


def drafted(by, **other):
    return draft_rule_change(terms=terms(**other), reason="消保宣传", by=by)


def proposed(by, **other):
    return propose_rule_change(change_id=drafted(by, **other).pk, by=by)


def approve(change, by):
    return decide_rule_change(change_id=change.pk, approve=True, by=by)


def test_what_two_people_agree_on_is_paid_from_then_on(ann, ben, alice, noon):
    change = proposed(ann)
    assert told(alice) == []
    early = timezone.now()
    noon.shift(60)
    decided = approve(change, ben)
    assert awarded(told(alice)) == {"test.quiz": 5}
    assert whys(told(alice, at=early)) == ["before"]
    assert (decided.state, decided.decided_by, decided.version) == ("approved", ben, 1)


def test_a_change_keeps_what_it_replaces_and_counts_versions(ann, ben):
    approve(proposed(ann), ben)
    change = proposed(ann, points=8)
    assert change.replaces["points"] == 5
    assert approve(change, ben).version == 2
    changed = EarningRule.objects.get()
    assert (changed.points, changed.version) == (8, 2)


def test_a_change_of_other_terms_leaves_the_rule_paying_since_when_it_did(ann, ben, alice, noon):
    approve(proposed(ann), ben)
    began = timezone.now()
    noon.shift(3600)
    approve(proposed(ann, name_en="Quizzes", cap_day=5, ends_at=NOON + timedelta(days=30)), ben)
    assert awarded(told(alice, at=began)) == {"test.quiz": 5}


@pytest.mark.parametrize(
    "other",
    [
        {"points": 8},
        {"conditions": [{"field": "event.percent_correct", "at_least": 60}]},
        {"trigger": "suggestion.adopted"},
        {"once_per": ["event.percent_correct"]},
        {"once_per": ["event.percent_correct"], "once_days": 30},
    ],
)
def test_changed_in_what_it_pays_for_it_pays_for_what_happens_from_then_on(ann, ben, alice, noon, other):
    approve(proposed(ann), ben)
    began = timezone.now()
    noon.shift(3600)
    approve(proposed(ann, **other), ben)
    trigger = other.get("trigger", "knowledge.quiz_passed")
    fields = {"percent_correct": 80} if trigger == "knowledge.quiz_passed" else {}
    assert whys(told(alice, trigger, at=began, **fields)) == ["before"]
    assert list(awarded(told(alice, trigger, **fields))) == ["test.quiz"]


def test_switched_off_and_on_again_it_pays_for_what_happens_from_then_on(ann, ben, alice, noon):
    approve(proposed(ann), ben)
    approve(proposed(ann, live=False), ben)
    off = timezone.now()
    assert told(alice) == []
    noon.shift(3600)
    approve(proposed(ann), ben)
    assert whys(told(alice, at=off)) == ["before"]


def test_nobody_decides_on_what_they_wrote_or_proposed(ann):
    both = staff("Administrator")
    change = proposed(both)
    with pytest.raises(SamePerson):
        approve(change, both)
    withdraw_rule_change(change_id=change.pk, by=both)
    other = drafted(both)
    propose_rule_change(change_id=other.pk, by=ann)
    with pytest.raises(SamePerson):
        approve(other, both)
    for by in (both, ann):
        with pytest.raises(DatabaseError, match="rule_change_takes_two"), transaction.atomic():
            RuleChange.objects.filter(pk=other.pk).update(state="approved", decided_by=by, decided_at=NOON)
    assert not EarningRule.objects.exists()


def test_neither_without_the_permission(ann, ben):
    for nobody in (ben, staff("Analyst"), staff("Service agent")):
        with pytest.raises(PermissionDenied):
            drafted(nobody)
    change = proposed(ann)
    for nobody in (ann, staff("Analyst")):
        with pytest.raises(PermissionDenied):
            approve(change, nobody)


def test_what_was_proposed_stays_as_it_is(ann, ben):
    change = proposed(ann)
    with pytest.raises(NotADraft):
        revise_rule_change(change_id=change.pk, terms=terms(points=100), reason="改", by=ann)
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        RuleChange.objects.filter(pk=change.pk).update(points=100)
    approve(change, ben)
    with pytest.raises(AlreadyDecided):
        approve(change, staff("Approver"))
    for what in ({"state": "rejected"}, {"reason": "x"}):
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            RuleChange.objects.filter(pk=change.pk).update(**what)
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        RuleChange.objects.all().delete()


def test_a_draft_is_revised_until_it_is_proposed(ann, ben):
    change = drafted(ann)
    with pytest.raises(NotProposed):
        approve(change, ben)
    revise_rule_change(change_id=change.pk, terms=terms(points=7), reason="改", by=ann)
    with pytest.raises(BadTerms):
        revise_rule_change(change_id=change.pk, terms=terms(points=0), reason="改", by=ann)
    change.refresh_from_db()
    assert (change.points, change.reason) == (7, "改")


def test_one_at_a_time_for_a_rule(ann):
    first = drafted(ann)
    with pytest.raises(AlreadyDrafted) as refusal:
        drafted(ann, points=9)
    assert refusal.value.change == first
    withdraw_rule_change(change_id=first.pk, by=ann)
    drafted(ann, points=9)


def test_what_the_rule_says_already_is_no_change(ann, ben):
    approve(proposed(ann), ben)
    with pytest.raises(NothingChanges):
        drafted(ann)


def test_a_budget_may_not_be_less_than_what_was_paid(ann, ben, alice):
    approve(proposed(ann), ben)
    for _ in range(3):
        told(alice)
    with pytest.raises(BadTerms) as refusal:
        approve(proposed(ann, budget=14), ben)
    assert list(refusal.value.faults) == ["budget"]
    withdraw_rule_change(change_id=RuleChange.objects.latest("pk").pk, by=ann)
    approve(proposed(ann, budget=22), ben)
    assert EarningRule.objects.get().spent == 15
    assert [bool(awarded(told(alice))) for _ in range(2)] == [True, False]


def test_loading_the_catalogue_again_keeps_what_two_people_decided(ann, ben):
    load_earning_rules()
    quiz = EarningRule.objects.get(code="daily.quiz")
    approve(
        propose_rule_change(
            change_id=draft_rule_change(terms=quiz.terms() | {"points": 3}, reason="省", by=ann).pk, by=ann
        ),
        ben,
    )
    loaded = load_earning_rules()
    assert (loaded.created, loaded.updated, loaded.differences) == (0, 0, ["daily.quiz: changed here"])
    assert EarningRule.objects.get(code="daily.quiz").points == 3


def test_what_the_catalogue_ships_anew_is_taken_over_where_nobody_changed_it(monkeypatch):
    load_earning_rules()
    shipped = loading.shipped_terms()
    for each in shipped:
        if each["code"] == "daily.quiz":
            each["points"] = 4
    monkeypatch.setattr(loading, "shipped_terms", lambda: shipped)
    assert load_earning_rules().updated == 1
    changed = EarningRule.objects.get(code="daily.quiz")
    assert (changed.points, changed.version) == (4, 2)


class TestCampaigns:
    TERMS = {
        "name_zh": "双倍", "name_en": "Double", "multiplier": Decimal(2), "rules": ["test.quiz"],
        "starts_at": NOON - timedelta(hours=1), "ends_at": NOON + timedelta(days=7), "budget": None,
    }  # fmt: skip

    def drafted(self, by, **other):
        wanted = self.TERMS | other
        return draft_campaign(terms=wanted, reason="客服节", by=by)

    def test_multiplies_once_two_people_agree_until_one_stops_it(self, ann, ben, alice):
        rule()
        campaign = self.drafted(ann)
        told(alice)
        propose_campaign(campaign_id=campaign.pk, by=ann)
        told(alice)
        assert points_of(alice) == 10
        decide_campaign(campaign_id=campaign.pk, approve=True, by=ben)
        told(alice)
        assert points_of(alice) == 20
        stop_campaign(campaign_id=campaign.pk, by=ben)
        told(alice)
        assert points_of(alice) == 25
        with pytest.raises(NotRunning):
            stop_campaign(campaign_id=campaign.pk, by=ben)

    def test_takes_two(self, ann):
        rule()
        both = staff("Administrator")
        campaign = propose_campaign(campaign_id=self.drafted(both).pk, by=both)
        with pytest.raises(SamePerson):
            decide_campaign(campaign_id=campaign.pk, approve=True, by=both)
        with pytest.raises(PermissionDenied):
            decide_campaign(campaign_id=campaign.pk, approve=True, by=ann)
        with pytest.raises(DatabaseError, match="takes_two"), transaction.atomic():
            EarningCampaign.objects.update(state="approved", decided_by=both, decided_at=NOON)
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            EarningCampaign.objects.update(multiplier=9)

    def test_what_nobody_has_decided_about_is_withdrawn(self, ann, ben):
        rule()
        for is_proposed in (False, True):
            campaign = self.drafted(ann)
            if is_proposed:
                propose_campaign(campaign_id=campaign.pk, by=ann)
            with pytest.raises(PermissionDenied):
                withdraw_campaign(campaign_id=campaign.pk, by=ben)
            assert withdraw_campaign(campaign_id=campaign.pk, by=ann).state == "withdrawn"
            with pytest.raises(NotADraft):
                propose_campaign(campaign_id=campaign.pk, by=ann)
            with pytest.raises(NotProposed):
                decide_campaign(campaign_id=campaign.pk, approve=True, by=ben)
            with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
                EarningCampaign.objects.filter(pk=campaign.pk).update(state="proposed")
        decided = propose_campaign(campaign_id=self.drafted(ann).pk, by=ann)
        decide_campaign(campaign_id=decided.pk, approve=True, by=ben)
        with pytest.raises(NotADraft):
            withdraw_campaign(campaign_id=decided.pk, by=ann)

    @pytest.mark.parametrize(
        ("other", "field"),
        [
            ({"multiplier": 1.5}, "multiplier"), ({"multiplier": "1"}, "multiplier"),
            ({"multiplier": "11"}, "multiplier"), ({"rules": []}, "rules"), ({"rules": ["no.such"]}, "rules"),
            ({"ends_at": NOON - timedelta(days=1)}, "ends_at"),
            ({"budget": 0}, "budget"), ({"budget": 1.5}, "budget"), ({"name_zh": ""}, "name_zh"),
            ({"starts_at": NOON.replace(tzinfo=None)}, "starts_at"),
        ],
    )  # fmt: skip
    def test_faults(self, ann, other, field):
        rule()
        if isinstance(other.get("multiplier"), str):
            other = other | {"multiplier": Decimal(other["multiplier"])}
        with pytest.raises(BadTerms) as refusal:
            self.drafted(ann, **other)
        assert list(refusal.value.faults) == [field]
        assert not EarningCampaign.objects.exists()
        campaign = self.drafted(ann)
        with pytest.raises(BadTerms):
            revise_campaign(
                campaign_id=campaign.pk, terms=self.TERMS | {"multiplier": Decimal(2)} | other, reason="", by=ann
            )


@pytest.mark.parametrize(
    ("before", "after", "begins_anew"),
    [({}, {"points": 4}, True), ({"live": False}, {"live": True}, True), ({}, {"cap_day": 90}, False)],
)
def test_what_the_catalogue_ships_anew_holds_for_what_happens_from_then_on(
    monkeypatch, alice, before, after, begins_anew
):
    """As what two people approve; a cap alone begins nothing anew."""
    monkeypatch.setattr(loading, "shipped_terms", lambda: [terms(**before)])
    load_earning_rules()
    long_ago = NOON - timedelta(days=9)
    EarningRule.objects.update(live_since=long_ago)
    monkeypatch.setattr(loading, "shipped_terms", lambda: [terms(**before | after)])
    assert load_earning_rules().updated == 1
    assert EarningRule.objects.get().live_since == (NOON if begins_anew else long_ago)
    assert bool(awarded(told(alice, at=NOON - timedelta(days=1)))) != begins_anew


def test_a_budget_that_the_catalogue_ships_anew_knows_what_was_spent(monkeypatch, alice):
    monkeypatch.setattr(loading, "shipped_terms", lambda: [terms()])
    load_earning_rules()
    told(alice)
    monkeypatch.setattr(loading, "shipped_terms", lambda: [terms(budget=9)])
    load_earning_rules()
    assert EarningRule.objects.get().spent == 5


def test_a_budget_shipped_below_what_was_spent_holds_up_no_other_rule(monkeypatch, alice):
    other = {"code": "test.other"}
    monkeypatch.setattr(loading, "shipped_terms", lambda: [terms(), terms(**other)])
    load_earning_rules()
    told(alice)
    monkeypatch.setattr(loading, "shipped_terms", lambda: [terms(budget=4), terms(points=7, **other)])
    for updated in (1, 0):
        loaded = load_earning_rules()
        assert loaded.updated == updated
        (said,) = loaded.differences
        assert said.startswith("test.quiz: budget: ") and "5" in said
    versions = EarningRule.objects.order_by("code").values_list("code", "version", "points", "budget")
    assert list(versions) == [("test.other", 2, 7, None), ("test.quiz", 1, 5, None)]
