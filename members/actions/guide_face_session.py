"""Guidance before the actions begin: light, distance, one face."""

from django.db import transaction
from django.utils import timezone

from members.face.frames import Frame
from members.face.liveness import guidance
from members.face.parcel import unpack
from members.face.protocol import STEP_WITHIN
from members.models import FaceFrames, FaceSession

#: After so many pictures of a face at rest the member goes on, and the decision says what was wrong.
MOST_TRIES = 6


def guide_face_session(*, session_id: int) -> None:
    """Looks at the face at rest; where something is to be put right, asks for it again. No attempt is counted.

    Once more does no harm.
    """
    kept = FaceFrames.objects.filter(session=session_id, step=0, session__step=1).first()
    if kept is None:
        return
    advice = guidance([Frame(picture) for picture in unpack(kept.pictures)])
    with transaction.atomic():
        session = FaceSession.objects.select_for_update().get(pk=session_id)
        if session.state != FaceSession.State.CAPTURING or session.step != 1 or session.guidance:
            return
        if advice and session.tries < MOST_TRIES:
            session.guidance, session.step, session.tries = advice, 0, session.tries + 1
            FaceFrames.objects.filter(pk=kept.pk).delete()
        else:
            session.guidance = FaceSession.OK
        session.step_due_at = timezone.now() + STEP_WITHIN
        session.save()
