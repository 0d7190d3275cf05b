"""What follows from a face that passed: the advanced level, and a proof for what the member was doing."""

from django.db import transaction

from members.actions.grant_level import grant_level
from members.actions.lock_accounts import lock_accounts
from members.actions.record_proof import record_proof
from members.entrances import Entrance
from members.models import FaceReviewVote, FaceSession, Factor, Level, LevelGrant
from members.queries import live_grant

Method = LevelGrant.Method


@transaction.atomic
def honour_face(*, session_id: int, by_review: bool = False) -> None:
    """Grants the advanced level by this session, and records the face as proved in the sign-in that asked for it.

    Two people's review grants the level and proves nothing: the member left the camera long ago. Nothing for an
    account that was closed or blocked meanwhile. Once more does nothing: a session is honoured once.
    """
    session = FaceSession.objects.select_related("member").select_for_update(of=("self",)).get(pk=session_id)
    if not lock_accounts(session.member_id)[session.member_id].is_active:
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
        return
    # One that confirms a single request leaves a level that was proved before as it is.
    if not (session.request and live_grant(session.member, Level.ADVANCED)):
        grant_level(
            member=session.member, level=Level.ADVANCED, method=Method.FACE, evidence=evidence, entrance=entrance
        )
    if session.sign_in:
        record_proof(
            member=session.member,
            factor=Factor.FACE,
            session=session.sign_in,
            entrance=entrance,
            request=bytes(session.request or b""),
            evidence=evidence,
        )
