"""People decide about a face that no machine should."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from members.actions.lock_accounts import lock_accounts
from members.events import FaceSessionFailed, FaceSessionPassed, face_session_failed, face_session_passed
from members.models import FaceReview, FaceReviewVote, Member

#: So many have to say the same.
VOICES = 2


class AlreadyDecided(Exception):
    """The review is closed; its evidence is destroyed."""


class SecondPersonNeeded(Exception):
    """Who has voted already does not vote again."""


@transaction.atomic
def decide_face_review(*, review: FaceReview, by: Member, approves: bool, reason: FaceReviewVote.Reason) -> FaceReview:
    """Records one person's vote; the second one who says the same decides, and the evidence is destroyed with it.

    Raises PermissionDenied (also for one's own face), AlreadyDecided, SecondPersonNeeded, ValueError (a reason that
    contradicts the vote).
    """
    if not by.has_perm("members.decide_facereview"):
        raise PermissionDenied
    if approves != (reason == FaceReviewVote.Reason.SAME_PERSON):
        raise ValueError("the reason contradicts the vote")
    review = lock_review(review.pk)
    if review.session.member_id == by.pk:
        raise PermissionDenied
    if review.decided_at:
        raise AlreadyDecided
    if review.votes.filter(by=by).exists():
        raise SecondPersonNeeded
    FaceReviewVote.objects.create(review=review, by=by, approves=approves, reason=reason)
    if review.votes.filter(approves=approves).count() >= VOICES:
        close_review(review, approved=approves, reason=reason)
    return review


def lock_review(pk: int) -> FaceReview:
    """The review, locked after its account."""
    lock_accounts(FaceReview.objects.values_list("session__member_id", flat=True).get(pk=pk))
    return FaceReview.objects.select_for_update(of=("self",)).select_related("session").get(pk=pk)


def close_review(review: FaceReview, *, approved: bool, reason: str) -> None:
    """In the caller's transaction."""
    review.approved, review.decided_at, review.evidence = approved, timezone.now(), None
    review.save()
    pk, member_id = review.session_id, review.session.member_id
    if approved:
        face_session_passed.send(FaceSessionPassed, fact=FaceSessionPassed(pk, member_id, by_review=True))
    else:
        face_session_failed.send(FaceSessionFailed, fact=FaceSessionFailed(pk, member_id, reason))
