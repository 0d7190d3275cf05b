"""Rules of tiers: from the catalogue, then drafted by one and approved by another; tried on the book before."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, InternalError, transaction

from benefits.actions import assess_tiers as assessing
from benefits.actions.assess_shard import NoTierTerms, terms_in_force
from benefits.actions.decide_tier_terms import decide_tier_terms
from benefits.actions.draft_tier_terms import (
    draft_tier_terms,
    propose_tier_terms,
    revise_tier_terms,
    withdraw_tier_terms,
)
from benefits.actions.load_tier_terms import load_tier_terms
from benefits.actions.simulate_tier_terms import due_simulations, run_simulation, start_simulation
from benefits.models import TierAssessment, TierPeriod, TierSimulation, TierTerms
from members.actions.decide_policy_change import NoReasonGiven, SamePerson
from members.roles import Role
from points.actions.proposals import AlreadyDecided, NotADraft, NotProposed
from points.earning.checking import BadTerms
from tests.benefits.tiers import assessed, holder
from tests.members.accounts import staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("untold")]
TODAY, NEXT_YEAR = date(2026, 12, 1), date(2027, 1, 1)


@pytest.fixture(autouse=True)
def december():
    with time_machine.travel("2026-12-01T09:00:00+08:00", tick=False):
        yield


@pytest.fixture
def ben(db):
    return staff(Role.BENEFITS_MANAGER, "Ben")


@pytest.fixture
def ann(db):
    return staff(Role.APPROVER, "Ann")


def rules(terms: TierTerms, **other: object) -> dict[str, object]:
    return terms.terms() | {"effective_on": NEXT_YEAR} | other


def test_catalogue_brings_the_first_rules_once(db):
    assert load_tier_terms().created == 1
    terms = TierTerms.objects.get()
    assert (terms.gold_from, terms.platinum_from, terms.diamond_from, terms.black_diamond_from) == (
        30_000, 80_000, 200_000, 500_000,
    )  # fmt: skip
    assert (terms.validity_months, terms.buffer_days, terms.factor_below_3_years) == (12, 60, Decimal("0.1"))
    again = load_tier_terms()
    assert (again.created, again.updated, again.differences) == (0, 0, [])
    TierTerms.objects.update(gold_from=20_000)
    assert load_tier_terms().updated == 1
    assert TierTerms.objects.get().gold_from == 30_000


def test_approved_rules_hold_from_their_day_on_and_the_catalogue_leaves_them(terms, ben, ann):
    draft = draft_tier_terms(terms=rules(terms, gold_from=Decimal(20_000)), reason="客服节", by=ben)
    assert terms_in_force(NEXT_YEAR) == terms
    propose_tier_terms(terms_id=draft.pk, by=ben)
    decide_tier_terms(terms_id=draft.pk, approve=True, by=ann)
    assert terms_in_force(date(2026, 12, 31)) == terms
    assert terms_in_force(NEXT_YEAR) == draft
    assert load_tier_terms().differences == ["rules of VIP tiers: others from 2027-01-01"]
    customer = holder(25_000)
    assert assessed(customer, TODAY) is None
    assert assessed(customer, NEXT_YEAR).tier == "gold"


def test_no_rules_no_assessment(db):
    with pytest.raises(NoTierTerms):
        terms_in_force(TODAY)


def test_one_person_is_not_enough(terms, ben, ann):
    both = staff(Role.ADMINISTRATOR, "Both")
    draft = draft_tier_terms(terms=rules(terms), reason="x", by=both)
    with pytest.raises(NotProposed):
        decide_tier_terms(terms_id=draft.pk, approve=True, by=ann)
    propose_tier_terms(terms_id=draft.pk, by=ben)
    for same in (both,):
        with pytest.raises(SamePerson):
            decide_tier_terms(terms_id=draft.pk, approve=True, by=same)
    with pytest.raises(PermissionDenied):
        decide_tier_terms(terms_id=draft.pk, approve=True, by=ben)
    with pytest.raises(IntegrityError, match="benefits_tier_terms_take_two"), transaction.atomic():
        TierTerms.objects.filter(pk=draft.pk).update(state="approved", decided_by=both, decided_at="2026-12-01T00:00Z")
    with pytest.raises(NoReasonGiven):
        decide_tier_terms(terms_id=draft.pk, approve=False, by=ann)
    decide_tier_terms(terms_id=draft.pk, approve=False, by=ann, remark="无预算")
    with pytest.raises(AlreadyDecided):
        decide_tier_terms(terms_id=draft.pk, approve=True, by=ann)
    assert terms_in_force(NEXT_YEAR) == terms


def test_who_may_not_draft_drafts_nothing(terms, ann):
    with pytest.raises(PermissionDenied):
        draft_tier_terms(terms=rules(terms), reason="x", by=ann)
    assert TierTerms.objects.get() == terms


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"effective_on": TODAY}, "effective_on"),
        ({"effective_on": date(2026, 11, 1)}, "effective_on"),
        ({"gold_from": Decimal(0)}, "gold_from"),
        ({"gold_from": Decimal(-1)}, "gold_from"),
        ({"platinum_from": Decimal(30_000)}, "platinum_from"),
        ({"black_diamond_from": Decimal(1)}, "black_diamond_from"),
        ({"factor_5_years": Decimal("1.001")}, "factor_5_years"),
        ({"factor_single": Decimal("-0.1")}, "factor_single"),
        ({"validity_months": 0}, "validity_months"),
        ({"buffer_days": 0}, "buffer_days"),
        ({"gold_cost": Decimal(-1)}, "gold_cost"),
    ],
)
def test_what_no_rules_may_say(terms, ben, changed, field):
    with pytest.raises(BadTerms) as refused:
        draft_tier_terms(terms=rules(terms, **changed), reason="x", by=ben)
    assert field in refused.value.faults
    assert TierTerms.objects.get() == terms


def test_day_that_has_come_meanwhile_is_refused_when_it_is_decided(terms, ben, ann):
    draft = draft_tier_terms(terms=rules(terms, effective_on=date(2026, 12, 2)), reason="x", by=ben)
    propose_tier_terms(terms_id=draft.pk, by=ben)
    with time_machine.travel("2026-12-02T09:00:00+08:00"), pytest.raises(BadTerms):
        decide_tier_terms(terms_id=draft.pk, approve=True, by=ann)


def test_draft_is_revised_and_withdrawn_but_not_once_it_is_proposed(terms, ben):
    draft = draft_tier_terms(terms=rules(terms), reason="x", by=ben)
    revise_tier_terms(terms_id=draft.pk, terms=rules(terms, gold_from=Decimal(1)), reason="y", by=ben)
    propose_tier_terms(terms_id=draft.pk, by=ben)
    with pytest.raises(NotADraft):
        revise_tier_terms(terms_id=draft.pk, terms=rules(terms), reason="z", by=ben)
    with pytest.raises(InternalError, match="proposed_stays_as_it_is"), transaction.atomic():
        TierTerms.objects.filter(pk=draft.pk).update(gold_from=2)
    withdraw_tier_terms(terms_id=draft.pk, by=ben)
    with pytest.raises(NotADraft):
        withdraw_tier_terms(terms_id=draft.pk, by=ben)


def test_what_is_in_force_stays(terms, ben, ann):
    draft = draft_tier_terms(terms=rules(terms), reason="x", by=ben)
    propose_tier_terms(terms_id=draft.pk, by=ben)
    decide_tier_terms(terms_id=draft.pk, approve=True, by=ann)
    with pytest.raises(InternalError, match="ended_stays"), transaction.atomic():
        TierTerms.objects.filter(pk=draft.pk).update(gold_from=2)
    with pytest.raises(InternalError, match="never_deleted"), transaction.atomic():
        TierTerms.objects.filter(pk=draft.pk).delete()


def test_simulation_says_who_would_move_and_changes_nothing(terms, ben, monkeypatch):
    """Gold from 40,000 instead of 30,000, Platinum from 70,000 instead of 80,000."""
    monkeypatch.setattr(assessing, "SHARD_CUSTOMERS", 2)
    people = [holder(premium) for premium in (1, 30_000, 35_000, 40_000, 75_000, 79_000, 80_000, 600_000)]
    holder(75_000, kind="corporate")
    assessed(people[1], TODAY)
    before = list(TierPeriod.objects.values()), list(TierAssessment.objects.values())
    draft = draft_tier_terms(
        terms=rules(terms, gold_from=Decimal(40_000), platinum_from=Decimal(70_000)), reason="x", by=ben
    )
    simulation = start_simulation(terms_id=draft.pk, by=ben)
    assert due_simulations() == [simulation.pk]
    run_simulation(simulation_id=simulation.pk)
    simulation.refresh_from_db()
    assert simulation.moves == {
        "gold>": 2,
        "gold>gold": 1,
        "gold>platinum": 2,
        "platinum>platinum": 1,
        "black_diamond>black_diamond": 1,
    }
    assert (simulation.held, simulation.percent) == ({"gold": 1}, 100)
    assert (list(TierPeriod.objects.values()), list(TierAssessment.objects.values())) == before
    assert due_simulations() == []
    run_simulation(simulation_id=simulation.pk)
    assert TierSimulation.objects.get().moves == simulation.moves


def test_simulation_goes_on_where_it_was_stopped(terms, ben, monkeypatch):
    monkeypatch.setattr(assessing, "SHARD_CUSTOMERS", 1)
    people = [holder(30_000) for _ in range(3)]
    draft = draft_tier_terms(terms=rules(terms), reason="x", by=ben)
    simulation = start_simulation(terms_id=draft.pk, by=ben)
    TierSimulation.objects.update(cursor=people[1].pk, moves={"gold>gold": 2})
    run_simulation(simulation_id=simulation.pk)
    assert TierSimulation.objects.get().moves == {"gold>gold": 3}


def test_who_may_not_simulate(terms):
    with pytest.raises(PermissionDenied):
        start_simulation(terms_id=terms.pk, by=staff(Role.SERVICE_AGENT))
