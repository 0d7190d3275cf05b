"""Face sessions that nobody goes on with."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from members.actions.close_face_session import close_face_session
from members.face.seams import Reason
from members.models import FaceSession

#: A decision takes two seconds; what takes longer has lost its nudge or its worker.
DECISION_IS_LATE_AFTER = timedelta(seconds=10)
#: Nobody waits before the screen so long.
DECISION_IS_LOST_AFTER = timedelta(minutes=5)
#: A session may still be told that it is too late, for so long.
GRACE = timedelta(minutes=1)


def sweep_face_sessions() -> list[int]:
    """Ids of sessions to be decided that wait too long. Ends those that were given up, uncounted.

    Their pictures go with them: none stays for longer than a few minutes.
    """
    now = timezone.now()
    given_up = Q(state=FaceSession.State.CAPTURING, step_due_at__lt=now - GRACE)
    lost = Q(state=FaceSession.State.DECIDING, moved_at__lt=now - DECISION_IS_LOST_AFTER)
    for session in FaceSession.objects.filter(given_up | lost):
        if session.state == FaceSession.State.DECIDING:
            give_up_on(session.pk)
        else:
            close_face_session(session_id=session.pk, outcome=FaceSession.Outcome.FAIL, reason=Reason.GIVEN_UP)
    late = FaceSession.objects.undecided_for(DECISION_IS_LATE_AFTER)
    return list(late.order_by("moved_at").values_list("pk", flat=True))


def give_up_on(session_id: int) -> None:
    """No decision was to be had: not the member's failure."""
    close_face_session(session_id=session_id, outcome=FaceSession.Outcome.FAIL, reason=Reason.OUT_OF_SERVICE)
