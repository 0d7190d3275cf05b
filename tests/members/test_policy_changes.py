"""What actions ask for is changed by two people, never by one, never below the floor, and once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from members.actions import decide_policy_change as deciding
from members.actions.decide_policy_change import AlreadyDecided, NoReasonGiven, SamePerson, decide_policy_change
from members.actions.propose_policy_change import (
    AlreadyProposed,
    NothingChanges,
    WeakerThanFloor,
    propose_default,
    propose_policy_change,
)
from members.assurance import Terms, UnknownAction, default_terms
from members.assurance.floor import below_floor
from members.assurance.in_force import step_in_force, terms_in_force
from members.entrances import Entrance
from members.models import ActionPolicy, Factor, Level, PolicyChange
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
SMALL, LARGE = default_terms()["surrender.apply"]
(VIEW,) = default_terms()["policy.view"]
STRICTER = replace(VIEW, level=Level.ADVANCED)
AT_ANY = Decimal(0)


def staff(*codes):
    member = MemberFactory(is_staff=True)
    member.user_permissions.set(Permission.objects.filter(codename__in=codes))
    return member


@pytest.fixture
def ann():
    return staff("add_policychange", "decide_policychange")


@pytest.fixture
def ben():
    return staff("add_policychange", "decide_policychange")


def propose(by, terms=STRICTER):
    return propose_policy_change(terms=terms, reason="监管检查意见", by=by)


def in_force(action="policy.view", amount=AT_ANY):
    return step_in_force(action, amount).terms


def test_what_two_people_agree_on_holds_from_then_on(ann, ben):
    change = propose(ann)
    assert in_force() == VIEW
    decided = decide_policy_change(change_id=change.pk, approve=True, by=ben, remark="同意")
    assert in_force() == STRICTER
    assert (decided.decision, decided.decided_by, decided.remark) == ("approved", ben, "同意")
    assert Terms.of_row(decided.replaces) == VIEW


def test_what_the_second_person_rejects_changes_nothing(ann, ben):
    decide_policy_change(change_id=propose(ann).pk, approve=False, by=ben, remark="先说明理由")
    assert in_force() == VIEW
    assert not ActionPolicy.objects.exists()
    propose(ann)  # and may be proposed again


def test_who_rejects_says_why(ann, ben):
    change = propose(ann)
    with pytest.raises(NoReasonGiven):
        decide_policy_change(change_id=change.pk, approve=False, by=ben, remark=" ")
    change.refresh_from_db()
    assert change.decision == ""


def test_nobody_decides_on_what_they_proposed(ann):
    change = propose(ann)
    with pytest.raises(SamePerson):
        decide_policy_change(change_id=change.pk, approve=True, by=ann)
    assert in_force() == VIEW
    with pytest.raises(DatabaseError, match="policy_change_takes_two"), transaction.atomic():
        PolicyChange.objects.update(decision="approved", decided_by=ann, decided_at=timezone.now())


def test_neither_without_the_permission(ann):
    with pytest.raises(PermissionDenied):
        propose(staff("decide_policychange"))
    change = propose(ann)
    with pytest.raises(PermissionDenied):
        decide_policy_change(change_id=change.pk, approve=True, by=staff("add_policychange"))


def test_what_was_decided_is_decided(ann, ben):
    change = propose(ann)
    decide_policy_change(change_id=change.pk, approve=False, by=ben, remark="先说明理由")
    with pytest.raises(AlreadyDecided) as refusal:
        decide_policy_change(change_id=change.pk, approve=True, by=ben)
    assert refusal.value.change.decision == "rejected"
    assert in_force() == VIEW


@pytest.mark.parametrize("what", ["reason", "level", "decision"])
def test_database_keeps_proposals_and_decisions(ann, ben, what):
    change = propose(ann)
    if what == "decision":
        decide_policy_change(change_id=change.pk, approve=False, by=ben, remark="先说明理由")
    value = {"reason": "其他", "level": 1, "decision": "approved"}[what]
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        PolicyChange.objects.update(**{what: value})
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        PolicyChange.objects.all().delete()


def test_one_proposal_at_a_time(ann, ben):
    propose(ann)
    with pytest.raises(AlreadyProposed):
        propose(ben, replace(STRICTER, hold=timedelta(hours=24)))
    propose(ben, replace(LARGE, hold=timedelta(hours=24)))


def test_what_is_so_already_is_no_change(ann):
    with pytest.raises(NothingChanges):
        propose(ann, VIEW)
    with pytest.raises(NothingChanges):
        propose_default(action="policy.view", amount_from=AT_ANY, reason="恢复", by=ann)
    with pytest.raises(UnknownAction):
        propose(ann, replace(VIEW, action="vault.open"))


def test_the_way_back_to_the_default_takes_two_as_well(ann, ben):
    decide_policy_change(change_id=propose(ann).pk, approve=True, by=ben)
    change = propose_default(action="policy.view", amount_from=AT_ANY, reason="恢复", by=ben)
    assert in_force() == STRICTER
    decide_policy_change(change_id=change.pk, approve=True, by=ann)
    assert in_force() == VIEW
    assert terms_in_force(["policy.view"])["policy.view"][0].approved_at is None


def test_an_amount_of_its_own_gets_terms_of_its_own(ann, ben):
    step = replace(LARGE, amount_from=Decimal(5000))
    change = propose(ann, step)
    assert Terms.of_row(change.replaces) == SMALL
    decide_policy_change(change_id=change.pk, approve=True, by=ben)
    found = [step.terms.amount_from for step in terms_in_force()["surrender.apply"]]
    assert found == [0, 5000, 10_000]
    assert in_force("surrender.apply", Decimal("4999.99")) == SMALL
    assert in_force("surrender.apply", Decimal("9999.99")) == step


@pytest.mark.parametrize(
    ("weaker", "fields"),
    [
        ({"level": Level.REGISTERED}, ["level"]),
        ({"factors": (), "bound": False}, ["factors", "bound"]),
        ({"bound": False}, ["bound"]),
        ({"waits_after_change": False}, ["waits_after_change"]),
        ({"entrances": ()}, ["entrances"]),
        ({"amount_from": Decimal(50_000), "factors": (), "bound": False}, ["factors", "bound"]),
    ],
)
def test_a_large_surrender_is_never_left_unguarded(ann, weaker, fields):
    with pytest.raises(WeakerThanFloor) as refusal:
        propose(ann, replace(LARGE, **weaker))
    assert refusal.value.fields == fields


def test_a_code_may_stand_in_for_the_face_where_two_people_say_so():
    assert below_floor(replace(LARGE, level=Level.VERIFIED, factors=(Factor.CODE,))) == []


@pytest.mark.parametrize("terms", [terms for steps in default_terms().values() for terms in steps], ids=str)
def test_no_default_is_below_its_own_floor(terms):
    assert below_floor(terms) == []
    assert Terms.of_row(terms.fields()) == terms


def test_a_floor_that_was_raised_since_holds_at_the_decision(ann, ben, monkeypatch):
    change = propose(ann, replace(VIEW, entrances=(Entrance.WEB,)))
    raised = {"policy.view": (replace(VIEW, factors=(Factor.CODE,)),)}
    monkeypatch.setattr("members.assurance.terms.default_terms", lambda: raised)
    with pytest.raises(WeakerThanFloor):
        decide_policy_change(change_id=change.pk, approve=True, by=ben)
    assert not ActionPolicy.objects.exists()


def decisions_of_two_at_once(change, deciders):
    """What becomes of an approval and a rejection at the same moment, sorted."""
    together = Barrier(2)

    def decide(by, approve):
        try:
            together.wait(10)
            decide_policy_change(change_id=change.pk, approve=approve, by=by, remark="先说明理由")
            return "decided"
        except AlreadyDecided:
            return "told of the other"
        except DatabaseError:
            return "failed"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(decide, deciders, (True, False)))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_does_and_the_other_is_told(ann, ben):
    carla = staff("decide_policychange")
    for number in range(5):
        change = propose(ann, replace(VIEW, hold=timedelta(hours=number + 1)))
        assert decisions_of_two_at_once(change, (ben, carla)) == ["decided", "told of the other"]
        change.refresh_from_db()
        assert ActionPolicy.objects.exists() == (change.decision == "approved")
        ActionPolicy.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_both_decide_and_only_the_database_stops_one(ann, ben, monkeypatch):
    both_have_read = Barrier(2)

    def read(change_id):
        change = PolicyChange.objects.get(pk=change_id)
        both_have_read.wait(10)
        return change

    monkeypatch.setattr(deciding, "locked", read)
    assert decisions_of_two_at_once(propose(ann), (ben, staff("decide_policychange"))) == ["decided", "failed"]
