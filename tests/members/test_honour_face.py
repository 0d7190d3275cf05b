"""What a face that passed opens: the level, and what the member was doing."""

import pytest
from django.db import IntegrityError
from django.utils import timezone

from members.actions.decide_face_review import AlreadyDecided, decide_face_review
from members.actions.grant_level import grant_level, revoke_levels
from members.actions.honour_face import honour_face
from members.assurance import Context, FactorNeeded, require_assurance
from members.assurance.deciding import request_hash
from members.entrances import Entrance
from members.events import FaceLevelGranted, face_level_granted
from members.models import FaceReview, FaceReviewVote, FaceSession, Level, LevelGrant, Member, Proof
from members.queries import level_of, live_grant
from members.roles import Role
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import staff

pytestmark = pytest.mark.django_db
SIGN_IN = "a" * 64
LOAN = request_hash({"policy_no": "P1", "amount": "5000.00"})


@pytest.fixture
def alice():
    member = MemberFactory(customer=CustomerFactory())
    grant_level(
        member=member,
        level=Level.VERIFIED,
        method=LevelGrant.Method.IDENTITY_MATCH,
        evidence="test",
        entrance=Entrance.WEB,
    )
    return member


def decided(member, outcome="pass", request=None, sign_in=SIGN_IN):
    return FaceSession.objects.create(
        member=member,
        nonce_digest=str(FaceSession.objects.count()).encode(),
        challenge=["turn_left"],
        entrance=Entrance.WEB,
        sign_in=sign_in,
        request=request,
        step_due_at=timezone.now(),
        state="decided",
        decided_at=timezone.now(),
        outcome=outcome,
        reason="" if outcome == "pass" else "near_match",
        distance=0.3,
        thresholds_version="test",
    )


def apply_for_loan(member, session=SIGN_IN, request=LOAN):
    return require_assurance(member, "loan.apply", Context(entrance=Entrance.WEB, session=session, request=request))


def test_face_raises_the_level_for_a_year(alice):
    session = decided(alice)
    honour_face(session_id=session.pk)
    grant = live_grant(alice, Level.ADVANCED)
    assert (grant.method, grant.evidence, grant.granted_by) == ("face", f"face_session:{session.pk}", None)
    assert (grant.expires_at - grant.granted_at).days == 365


def test_session_is_honoured_once(alice):
    for session in (decided(alice), decided(alice, request=LOAN)):
        honour_face(session_id=session.pk)
        honour_face(session_id=session.pk)
    assert (LevelGrant.objects.filter(level=Level.ADVANCED).count(), Proof.objects.count()) == (1, 2)
    apply_for_loan(alice)
    honour_face(session_id=session.pk)
    with pytest.raises(FactorNeeded):
        apply_for_loan(alice)


def test_face_for_one_request_opens_no_other_and_lengthens_no_level(alice):
    honour_face(session_id=decided(alice).pk)
    before = live_grant(alice, Level.ADVANCED)
    honour_face(session_id=decided(alice, request=LOAN).pk)
    assert live_grant(alice, Level.ADVANCED) == before
    with pytest.raises(FactorNeeded):
        apply_for_loan(alice, request=request_hash({"policy_no": "P1", "amount": "50000.00"}))
    with pytest.raises(FactorNeeded):
        apply_for_loan(alice, session="b" * 64)
    apply_for_loan(alice)


def test_face_for_one_request_grants_no_level(alice):
    """No code came before it, so it would be one factor where two are asked for."""
    honour_face(session_id=decided(alice, request=LOAN).pk)
    assert live_grant(alice, Level.ADVANCED) is None
    assert Proof.objects.get().request


def test_two_people_raise_the_level_and_prove_nothing(alice):
    session = decided(alice, outcome="review")
    review = FaceReview.objects.create(session=session, evidence={}, destroy_on=timezone.localdate())
    people = [MemberFactory(is_staff=True) for _ in range(2)]
    for person in people:
        FaceReviewVote.objects.create(review=review, by=person, approves=True, reason="same_person")
    honour_face(session_id=session.pk, by_review=True)
    assert not Proof.objects.exists()
    grant = live_grant(alice, Level.ADVANCED)
    assert (grant.method, grant.granted_by, grant.seconded_by) == ("review", *people)
    assert level_of(alice) == Level.ADVANCED
    with pytest.raises(FactorNeeded):
        apply_for_loan(alice)


def test_a_face_that_confirms_a_request_is_never_left_to_people(alice):
    """What they find tomorrow confirms nothing any more."""
    with pytest.raises(IntegrityError, match="face_session_bound_is_decided"):
        decided(alice, outcome="review", request=LOAN)


@pytest.mark.parametrize("request_", [None, LOAN])
def test_the_level_is_told_of_where_there_is_one(alice, request_):
    told = []
    face_level_granted.connect(keep := lambda fact, **_: told.append(fact))
    session = decided(alice, request=request_)
    honour_face(session_id=session.pk)
    honour_face(session_id=session.pk)
    assert told == ([] if request_ else [FaceLevelGranted(session.pk, alice.pk)])
    face_level_granted.disconnect(keep)


def test_a_blocked_account_gets_nothing_and_hears_of_nothing(alice):
    told = []
    face_level_granted.connect(keep := lambda fact, **_: told.append(fact))
    session = decided(alice)
    Member.objects.update(is_active=False)
    honour_face(session_id=session.pk)
    assert not told
    assert level_of(alice) == Level.VERIFIED
    face_level_granted.disconnect(keep)


def test_a_review_that_was_open_when_the_levels_ended_raises_nothing(alice):
    """Somebody may be linked to another customer by the time people look."""
    review = FaceReview.objects.create(
        session=decided(alice, outcome="review"), evidence={"live": []}, destroy_on=timezone.localdate()
    )
    revoke_levels(member=alice, because=LevelGrant.Revocation.RELINKED, entrance=Entrance.COUNTER)
    review.refresh_from_db()
    assert (review.approved, review.evidence) == (False, None)
    with pytest.raises(AlreadyDecided):
        decide_face_review(
            review=review, by=staff(Role.APPROVER), approves=True, reason=FaceReviewVote.Reason.SAME_PERSON
        )


def test_a_session_under_way_ends_with_the_verified_level_and_not_with_the_advanced_one(alice):
    session = FaceSession.objects.create(
        member=alice,
        nonce_digest=b"n",
        challenge=["turn_left"],
        entrance=Entrance.WEB,
        step_due_at=timezone.now(),
        state=FaceSession.State.DECIDING,
    )
    about = {"member": alice, "because": LevelGrant.Revocation.FRAUD, "entrance": Entrance.WEB}
    grant_level(member=alice, level=Level.ADVANCED, method="face", evidence="test", entrance=Entrance.WEB)
    revoke_levels(**about, levels=[Level.ADVANCED])
    session.refresh_from_db()
    assert session.state == FaceSession.State.DECIDING
    revoke_levels(**about)
    session.refresh_from_db()
    assert (session.state, session.outcome, session.reason) == ("decided", "fail", "given_up")
