"""Pictures of one step arrive: read with distrust, compared with all that were sent before, sealed for the worker."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from members.actions.close_face_session import close_face_session
from members.actions.lock_accounts import lock_face_session
from members.crypto import keyed_hash
from members.events import FaceFramesArrived, face_frames_arrived
from members.face.frames import Frame, UnreadableFrame
from members.face.parcel import pack
from members.face.protocol import FEWEST_FRAMES, MOST_FRAMES, STEP_TAKES_AT_LEAST, STEP_WITHIN
from members.face.seams import Reason
from members.models import FaceFrames, FaceSession, Member
from members.models.face import nonce_digest

REMEMBER = """
    INSERT INTO members_seenframe (digest) SELECT unnest(%s::bytea[]) ON CONFLICT (digest) DO NOTHING
"""


class FaceSessionUnknown(Exception):
    """No such nonce of this member."""


class NonceSpent(Exception):
    """All that was asked for has been sent; a nonce serves one session."""


class WrongStep(Exception):
    """Another step is expected now; `expected` is its number. What was sent has changed nothing."""

    def __init__(self, expected: int) -> None:
        super().__init__(expected)
        self.expected = expected


class WrongNumberOfFrames(Exception):
    """A step takes between FEWEST_FRAMES and MOST_FRAMES pictures. What was sent has changed nothing."""


def submit_face_frames(*, member: Member, nonce: str, step: int, pictures: Sequence[bytes]) -> FaceSession:
    """The session as it goes on, or as it ended: pictures that are late, too early, unreadable or known end it.

    Raises FaceSessionUnknown, NonceSpent, WrongStep, WrongNumberOfFrames: the session goes on as if nothing had come.
    """
    arrived_at = timezone.now()
    digest = nonce_digest(nonce)
    session = FaceSession.objects.filter(member=member, nonce_digest=digest).first()
    if session is None:
        raise FaceSessionUnknown
    check_expected(session, step)
    if not FEWEST_FRAMES <= len(pictures) <= MOST_FRAMES:
        raise WrongNumberOfFrames
    try:
        # Unpacked here and now: a picture that can't be is answered for at once, and is known again in any wrapping.
        digests = [keyed_hash(Frame(picture).digest, "face frame") for picture in pictures]
    except UnreadableFrame:
        digests = []
    return take_step(session.pk, step, pictures, digests, arrived_at)


def check_expected(session: FaceSession, step: int) -> None:
    if session.state != FaceSession.State.CAPTURING:
        raise NonceSpent
    if step != session.step:
        raise WrongStep(session.step)


@transaction.atomic
def take_step(
    session_id: int, step: int, pictures: Sequence[bytes], digests: Sequence[bytes], arrived_at: datetime
) -> FaceSession:
    session = lock_face_session(session_id)
    check_expected(session, step)
    if fault := fault_of(session, step, digests, arrived_at):
        return close_face_session(session_id=session.pk, outcome=FaceSession.Outcome.FAIL, reason=fault)
    FaceFrames.objects.create(session=session, step=step, pictures=pack(pictures))
    session.step, session.guidance = step + 1, "" if step == 0 else session.guidance
    session.moved_at, session.step_due_at = arrived_at, arrived_at + STEP_WITHIN
    if session.step > len(session.challenge):
        session.state = FaceSession.State.DECIDING
    session.save()
    complete = session.state == FaceSession.State.DECIDING
    if step == 0 or complete:
        face_frames_arrived.send(FaceFramesArrived, fact=FaceFramesArrived(session.pk, complete=complete))
    return session


def fault_of(session: FaceSession, step: int, digests: Sequence[bytes], arrived_at: datetime) -> Reason | None:
    if arrived_at > session.step_due_at:
        return Reason.TOO_LATE
    if step > 0 and arrived_at < session.moved_at + STEP_TAKES_AT_LEAST:
        return Reason.TOO_FAST
    if not digests:
        return Reason.UNREADABLE
    with connection.cursor() as cursor:
        # Sorted: two sessions that bring the same pictures wait for each other in one order.
        cursor.execute(REMEMBER, [sorted(digests)])
        return Reason.REPLAYED if cursor.rowcount < len(digests) else None
