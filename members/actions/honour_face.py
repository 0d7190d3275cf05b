"""What follows from a face that passed: the advanced level, or a proof for the request that it confirms."""

from django.db import transaction

from members.actions.grant_level import grant_level
from members.actions.lock_accounts import lock_face_session
from members.actions.record_proof import record_proof
from members.entrances import Entrance
from members.events import FaceLevelGranted, face_level_granted
from members.models import FaceReviewVote, FaceSession, Factor, Level, LevelGrant

Method = LevelGrant.Method


@transaction.atomic
def honour_face(*, session_id: int, by_review: bool = False) -> None:
    """Grants the advanced level by this session, and records the face as proved in the sign-in that asked for it.

    A face that confirms a request grants nothing: no other factor came before it. Two people's review proves nothing:
    the member left the camera long ago (and no face that confirms a request is reviewed). Nothing for an account that
    was closed or blocked meanwhile. Once more does nothing: a session is honoured once.
    """
    session = lock_face_session(session_id)
    if not session.member.is_active:
        return
    evidence = f"face_session:{session.pk}"
    if LevelGrant.objects.filter(evidence=evidence).exists() or session.member.proofs.filter(evidence=evidence):
        return
    entrance = Entrance(session.entrance)
    if by_review:
        votes = FaceReviewVote.objects.filter(review__session=session, approves=True).order_by("voted_at")[:2]
        first, second = (vote.by for vote in votes)
        grant_level(
            member=session.member,
            level=Level.ADVANCED,
            method=Method.REVIEW,
            evidence=evidence,
            entrance=entrance,
            granted_by=first,
            seconded_by=second,
        )
        tell(session)
        return
    if not session.request:
        grant_level(
            member=session.member, level=Level.ADVANCED, method=Method.FACE, evidence=evidence, entrance=entrance
        )
        tell(session)
    if session.sign_in:
        record_proof(
            member=session.member,
            factor=Factor.FACE,
            session=session.sign_in,
            entrance=entrance,
            request=bytes(session.request or b""),
            evidence=evidence,
        )


def tell(session: FaceSession) -> None:
    face_level_granted.send(FaceLevelGranted, fact=FaceLevelGranted(session.pk, session.member_id))
