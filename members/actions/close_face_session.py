"""The end of a face session: its numbers stay, its pictures go."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from members.actions.lock_accounts import lock_face_session
from members.events import (
    FaceReviewRequested,
    FaceSessionFailed,
    FaceSessionPassed,
    TransactionSuspected,
    face_review_requested,
    face_session_failed,
    face_session_passed,
    transaction_suspected,
)
from members.face.rules import ends_in_pause
from members.face.seams import Reason
from members.models import FaceFrames, FaceReview, FaceSession
from members.models.face import EVIDENCE_LASTS

Outcome = FaceSession.Outcome


@dataclass(frozen=True)
class Measured:
    """What the worker found out."""

    thresholds_version: str = ""
    distance: float | None = None
    scores: dict[str, float] = field(default_factory=dict)


@transaction.atomic
def close_face_session(
    *,
    session_id: int,
    outcome: FaceSession.Outcome,
    reason: Reason | None = None,
    measured: Measured | None = None,
    evidence: dict[str, Any] | None = None,
) -> FaceSession:
    """Records the outcome once: a session that is decided already stays as it is, and nothing is announced again.

    `evidence` for a review: see FaceReview.
    """
    session = lock_face_session(session_id)
    if session.state == FaceSession.State.DECIDED:
        return session
    measured = measured or Measured()
    session.state, session.outcome, session.reason = FaceSession.State.DECIDED, outcome, reason or ""
    session.thresholds_version, session.distance = measured.thresholds_version, measured.distance
    session.scores, session.decided_at = measured.scores, timezone.now()
    session.save()
    FaceFrames.objects.filter(session=session).delete()
    announce(session, evidence)
    return session


def announce(session: FaceSession, evidence: dict[str, Any] | None) -> None:
    pk, member_id = session.pk, session.member_id
    if session.outcome == Outcome.PASS:
        face_session_passed.send(FaceSessionPassed, fact=FaceSessionPassed(pk, member_id))
    elif session.outcome == Outcome.FAIL:
        face_session_failed.send(FaceSessionFailed, fact=FaceSessionFailed(pk, member_id, session.reason))
        if session.request and ends_in_pause(session):
            transaction_suspected.send(TransactionSuspected, fact=TransactionSuspected(pk, member_id))
    else:
        today = timezone.localdate()
        review = FaceReview.objects.create(session=session, evidence=evidence, destroy_on=today + EVIDENCE_LASTS)
        face_review_requested.send(FaceReviewRequested, fact=FaceReviewRequested(pk, member_id, review.pk))
