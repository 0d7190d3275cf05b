"""Showing the pictures of a face to those who decide about it, on record."""

from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.db import transaction

from members.actions.decide_face_review import AlreadyDecided
from members.actions.record_account_event import record_account_event
from members.models import AccountEvent, FaceReview, Member


@dataclass(frozen=True)
class FacePictures:
    """Base64 of what the camera sent, and of the photo it is compared with. To be shown once, never kept."""

    live: list[str] = field(repr=False)
    reference: str = field(repr=False)


@transaction.atomic
def show_face_review(*, review: FaceReview, by: Member) -> FacePictures:
    """The pictures, once who looked is on record. Raises PermissionDenied (also for one's own face), AlreadyDecided."""
    session = review.session
    if not by.has_perm("members.decide_facereview") or session.member_id == by.pk:
        raise PermissionDenied
    if review.evidence is None:
        raise AlreadyDecided
    record_account_event(
        member=session.member, kind=AccountEvent.Kind.FACE_SHOWN, entrance=session.entrance, by=by, review=review.pk
    )
    return FacePictures(live=review.evidence["live"], reference=review.evidence["reference"])
