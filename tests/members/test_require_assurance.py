"""Whether a member may do something: levels, factors, freshness, entrances, amounts, once only."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from members.actions.grant_level import grant_level, revoke_levels
from members.actions.record_proof import record_proof
from members.assurance import (
    Context,
    CoolingDown,
    EntranceClosed,
    FactorNeeded,
    LevelTooLow,
    MemberInactive,
    UnknownAction,
    default_terms,
    require_assurance,
)
from members.assurance.deciding import request_hash
from members.entrances import Entrance
from members.models import AccountEvent, ActionPolicy, Factor, Level, LevelGrant, Member, Proof
from members.queries import level_of
from tests.factories import MemberFactory
from tests.members.accounts import AT_WEB, OTHER_SESSION, SESSION, advanced, proved, verified

pytestmark = pytest.mark.django_db
LOAN = request_hash({"policy_no": "P1", "amount": "5000.00"})


def apply_for_loan(member, *, request=LOAN, session=SESSION):
    return require_assurance(member, "loan.apply", Context(entrance=Entrance.WEB, session=session, request=request))


def test_verified_member_may_look_at_policies():
    alice = verified(MemberFactory())
    assured = require_assurance(alice, "policy.view", AT_WEB)
    assert (assured.level, assured.proof_id) == (Level.VERIFIED, None)


def test_registered_member_may_not_look_at_policies():
    with pytest.raises(LevelTooLow) as refusal:
        require_assurance(MemberFactory(), "policy.view", AT_WEB)
    assert (refusal.value.held, refusal.value.terms.level) == (Level.REGISTERED, Level.VERIFIED)


@pytest.mark.parametrize("factor", [Factor.CODE, Factor.PASSKEY])
def test_contact_details_are_changed_with_a_fresh_code_or_passkey(factor):
    alice = verified(MemberFactory())
    proof = proved(alice, factor, ago=timedelta(minutes=4))
    assert require_assurance(alice, "contact.change", AT_WEB).proof_id == proof.pk
    assert require_assurance(alice, "contact.change", AT_WEB).proof_id == proof.pk  # not bound: good for five minutes


@pytest.mark.parametrize(
    "stale",
    [
        {"factor": Factor.CODE, "ago": timedelta(minutes=6)},
        {"factor": Factor.CODE, "session": OTHER_SESSION},
        {"factor": Factor.FACE},
    ],
    ids=["too old", "another device's", "another factor"],
)
def test_contact_details_are_not_changed_on_the_strength_of(stale):
    alice = verified(MemberFactory())
    proved(alice, **stale)
    with pytest.raises(FactorNeeded):
        require_assurance(alice, "contact.change", AT_WEB)


def test_another_members_proof_helps_nobody():
    alice, bob = verified(MemberFactory()), verified(MemberFactory())
    proved(bob, Factor.CODE)
    with pytest.raises(FactorNeeded):
        require_assurance(alice, "contact.change", AT_WEB)


def test_loan_takes_a_face_for_this_very_request_and_once_only():
    alice = advanced(MemberFactory())
    proof = proved(alice, Factor.FACE, request=LOAN)
    with pytest.raises(FactorNeeded):
        apply_for_loan(alice, request=request_hash({"policy_no": "P1", "amount": "50000.00"}))
    with pytest.raises(FactorNeeded):
        apply_for_loan(alice, request=b"")
    assert apply_for_loan(alice).proof_id == proof.pk
    with pytest.raises(FactorNeeded):
        apply_for_loan(alice)


def test_face_that_was_shown_for_nothing_in_particular_is_not_enough_for_a_loan():
    alice = advanced(MemberFactory())
    proved(alice, Factor.FACE)
    with pytest.raises(FactorNeeded):
        apply_for_loan(alice)


def test_what_is_rolled_back_leaves_the_proof_unused():
    alice = advanced(MemberFactory())
    proof = proved(alice, Factor.FACE, request=LOAN)
    with transaction.atomic():
        apply_for_loan(alice)
        transaction.set_rollback(True)
    assert apply_for_loan(alice).proof_id == proof.pk


def test_surrender_asks_for_a_face_from_ten_thousand():
    alice = verified(MemberFactory())
    small = request_hash({"amount": "9999.99"})
    proved(alice, Factor.CODE, request=small)
    at = {"entrance": Entrance.WEB, "session": SESSION, "request": small}
    assert require_assurance(alice, "surrender.apply", Context(amount=Decimal("9999.99"), **at)).level == Level.VERIFIED
    with pytest.raises(LevelTooLow):
        require_assurance(alice, "surrender.apply", Context(amount=Decimal("10000.00"), **at))
    with pytest.raises(LevelTooLow):  # an amount that nobody names may be any
        require_assurance(alice, "surrender.apply", Context(**at))


def test_not_at_every_entrance():
    with pytest.raises(EntranceClosed) as refusal:
        require_assurance(
            advanced(MemberFactory()), "loan.apply", Context(entrance=Entrance.HOTLINE, session=SESSION, request=LOAN)
        )
    assert Entrance.COUNTER in refusal.value.terms.entrances


def test_nothing_risky_while_the_account_cools_down():
    alice = advanced(MemberFactory(cooling_until=timezone.now() + timedelta(hours=1)))
    proved(alice, Factor.FACE, request=LOAN)
    with pytest.raises(CoolingDown) as refusal:
        apply_for_loan(alice)
    assert refusal.value.until == alice.cooling_until
    require_assurance(alice, "policy.view", AT_WEB)
    Member.objects.update(cooling_until=timezone.now() - timedelta(seconds=1))
    apply_for_loan(alice)


def test_closed_account_may_nothing():
    alice = advanced(MemberFactory())
    Member.objects.update(is_active=False)
    with pytest.raises(MemberInactive):
        require_assurance(alice, "policy.view", AT_WEB)


def test_action_that_nobody_has_set_terms_for_is_nobodys():
    with pytest.raises(UnknownAction):
        require_assurance(advanced(MemberFactory()), "vault.open", AT_WEB)


def test_what_staff_approved_replaces_the_default():
    alice = verified(MemberFactory())
    ActionPolicy.objects.create(
        action="policy.view", level=Level.ADVANCED, entrances=[Entrance.WEB], hold_hours=24, fresh_minutes=5
    )
    with pytest.raises(LevelTooLow):
        require_assurance(alice, "policy.view", AT_WEB)
    before = timezone.now()
    assured = require_assurance(advanced(alice), "policy.view", AT_WEB)
    assert assured.effective_at - before >= timedelta(hours=24)


def test_approved_amount_counts_to_the_fen():
    """9999.99 is no binary fraction: as one it would be a little less, and who is just below asked for more."""
    alice = verified(MemberFactory())
    ActionPolicy.objects.create(
        action="surrender.apply", amount_from="9999.99", level=Level.ADVANCED, entrances=[Entrance.WEB]
    )
    small = request_hash({"amount": "9999.98"})
    proved(alice, Factor.CODE, request=small)
    at = {"entrance": Entrance.WEB, "session": SESSION, "request": small}
    below = Decimal("9999.98999999999999")
    assert require_assurance(alice, "surrender.apply", Context(amount=below, **at)).level == Level.VERIFIED


def test_level_is_the_highest_live_grant():
    alice = MemberFactory()
    assert level_of(alice) == Level.REGISTERED
    advanced(alice)
    assert level_of(alice) == Level.ADVANCED
    assert level_of(alice, timezone.now() + timedelta(days=365, minutes=1)) == Level.VERIFIED
    revoke_levels(
        member=alice,
        because=LevelGrant.Revocation.CONSENT_WITHDRAWN,
        entrance=Entrance.WEB,
        levels=[Level.ADVANCED],
    )
    assert level_of(alice) == Level.VERIFIED
    assert [event.kind for event in AccountEvent.objects.order_by("id")] == [
        "level_granted",
        "level_granted",
        "level_revoked",
    ]


def test_nobody_grants_the_advanced_level_alone():
    staff, second, alice = MemberFactory(is_staff=True), MemberFactory(is_staff=True), MemberFactory()
    by_hand = {
        "member": alice,
        "level": Level.ADVANCED,
        "method": LevelGrant.Method.REVIEW,
        "evidence": "test",
        "entrance": Entrance.COUNTER,
        "granted_by": staff,
    }
    for seconded_by in (None, staff):
        with pytest.raises(IntegrityError, match="level_by_hand_takes_two"), transaction.atomic():
            grant_level(**by_hand, seconded_by=seconded_by)
    grant_level(**by_hand, seconded_by=second)
    assert level_of(alice) == Level.ADVANCED


def test_database_keeps_grants_as_they_were_given():
    alice = verified(MemberFactory())
    for change in ({"level": Level.ADVANCED}, {"granted_at": timezone.now() - timedelta(days=9)}):
        with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
            LevelGrant.objects.filter(member=alice).update(**change)
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        LevelGrant.objects.filter(member=alice).delete()
    revoke_levels(member=alice, because=LevelGrant.Revocation.FRAUD, entrance=Entrance.COUNTER)
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        LevelGrant.objects.filter(member=alice).update(revoked_at=None, revocation="")


def test_database_keeps_proofs_as_they_were_given():
    proof = proved(MemberFactory(), Factor.CODE, ago=timedelta(minutes=9))
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        Proof.objects.filter(pk=proof.pk).update(proved_at=timezone.now())


def test_proof_belongs_to_a_session():
    with pytest.raises(ValueError, match="session"):
        record_proof(member=MemberFactory(), factor=Factor.CODE, session="", entrance=Entrance.WEB)


def test_two_queries_decide(django_assert_num_queries):
    alice = advanced(MemberFactory())
    proved(alice, Factor.FACE, request=LOAN)
    with django_assert_num_queries(2):
        apply_for_loan(alice)
    with django_assert_num_queries(1):
        require_assurance(alice, "policy.view", AT_WEB)


def test_defaults_are_those_of_the_house():
    terms = {(t.action, int(t.amount_from)): t for steps in default_terms().values() for t in steps}
    for action, amount in [
        ("payout_account.change", 0),
        ("beneficiary.change", 0),
        ("loan.apply", 0),
        ("surrender.apply", 10_000),
    ]:
        risky = terms[action, amount]
        assert (risky.level, risky.factors, risky.fresh, risky.bound, risky.waits_after_change) == (
            Level.ADVANCED,
            (Factor.FACE,),
            timedelta(minutes=10),
            True,
            True,
        )
    for action in ("contact.change", "points.redeem"):
        ordinary = terms[action, 0]
        assert (ordinary.level, ordinary.factors, ordinary.fresh) == (
            Level.VERIFIED,
            (Factor.CODE, Factor.PASSKEY),
            timedelta(minutes=5),
        )
    assert (terms["policy.view", 0].level, terms["policy.view", 0].factors) == (Level.VERIFIED, ())


def loans_of_two_at_once(member):
    """How many of two requests with one proof go through, when both look before either is done."""
    together = Barrier(2)

    def apply(_):
        try:
            with transaction.atomic():
                together.wait(10)
                apply_for_loan(member)
                return 1
        except FactorNeeded:
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(apply, range(2)))


@pytest.mark.django_db(transaction=True)
def test_of_two_requests_with_one_proof_one_gets_it():
    alice = advanced(MemberFactory())
    for number in range(10):
        proved(alice, Factor.FACE, request=LOAN)
        assert loans_of_two_at_once(alice) == 1, number


@pytest.mark.django_db(transaction=True)
def test_control_a_proof_that_is_looked_at_and_marked_later_serves_two(monkeypatch):
    alice = advanced(MemberFactory())
    proved(alice, Factor.FACE, request=LOAN)
    monkeypatch.setattr("members.assurance.deciding.USE_UP", "SELECT id FROM members_proof WHERE used_at IS NULL")
    assert loans_of_two_at_once(alice) == 2
