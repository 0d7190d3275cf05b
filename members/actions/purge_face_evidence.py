"""Faces are not kept: what has had its day, and what a member takes back."""

from django.db import transaction
from django.utils import timezone

from members.actions.close_face_session import close_face_session
from members.actions.decide_face_review import close_review, lock_review
from members.face.seams import Reason
from members.models import FaceReview, FaceSession, Member, ReferencePhoto, SeenFrame
from members.models.face import FRAMES_KNOWN_FOR

LAPSED = "review_lapsed"


def purge_face_evidence() -> int:
    """Destroys evidence whose day has come, and hashes of pictures that are a month old; returns how many reviews
    ended. One that nobody decided is refused: what is not proved does not pass. Once more does no harm.
    """
    now = timezone.now()
    ended = sum(lapse(pk) for pk in FaceReview.objects.overdue(now).values_list("pk", flat=True))
    SeenFrame.objects.filter(seen_at__lt=now - FRAMES_KNOWN_FOR).delete()
    return ended


@transaction.atomic
def lapse(review_id: int) -> bool:
    review = lock_review(review_id)
    if review.decided_at:
        return False
    close_review(review, approved=False, reason=LAPSED)
    return True


@transaction.atomic
def destroy_face_data(*, member: Member) -> None:
    """When consent is withdrawn or the account is erased: no picture of this member stays, whatever is open."""
    give_up_open_faces(member=member)
    if member.customer_id:
        ReferencePhoto.objects.filter(customer=member.customer_id).delete()


@transaction.atomic
def give_up_open_faces(*, member: Member) -> None:
    """Nothing follows any more from faces that a machine or people have yet to decide about."""
    unfinished = FaceSession.objects.filter(member=member).exclude(state=FaceSession.State.DECIDED)
    for session_id in unfinished.values_list("pk", flat=True):
        close_face_session(session_id=session_id, outcome=FaceSession.Outcome.FAIL, reason=Reason.GIVEN_UP)
    for review_id in FaceReview.objects.open().filter(session__member=member).values_list("pk", flat=True):
        lapse(review_id)
