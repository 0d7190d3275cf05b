"""A member stands before the camera."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from members.actions.close_face_session import close_face_session
from members.entrances import Entrance
from members.face.protocol import FIRST_STEP_WITHIN, Action, draw_challenge
from members.face.rules import NoCustomerKnown, NoFaceConsent, ReviewPending, check_attempts, is_minor
from members.face.seams import Reason
from members.models import Consent, FaceSession, Member
from members.models.face import nonce_digest
from members.queries import has_live_consent


@dataclass(frozen=True)
class StartedFaceSession:
    """`nonce` in plain: whoever has it may send the pictures, once; only its digest is kept."""

    session: FaceSession
    nonce: str


@transaction.atomic
def start_face_session(
    *,
    member: Member,
    entrance: Entrance,
    without: Collection[Action] = (),
    sign_in: str = "",
    request: bytes | None = None,
) -> StartedFaceSession:
    """Draws a challenge for this member. One that was begun before and not finished is given up.

    `without`: actions that the member can't do (protocol.MAY_BE_LEFT_OUT). `sign_in`, `request`: what a pass is to
    prove a factor for, see Proof. Raises FaceNotPossible (rules), ValueError.
    """
    # The row is the lock: attempts are counted and the next one begun by one request at a time.
    member = Member.objects.select_for_update(of=("self",)).select_related("customer").get(pk=member.pk)
    now = timezone.now()
    if member.customer is None:
        raise NoCustomerKnown
    needed = [Consent.Kind.FACE]
    if is_minor(member.customer, timezone.localdate(now)):
        needed.append(Consent.Kind.GUARDIAN)
    if not all(has_live_consent(member, kind) for kind in needed):
        raise NoFaceConsent
    check_attempts(member, now)
    for unfinished in FaceSession.objects.filter(member=member).exclude(state=FaceSession.State.DECIDED):
        if unfinished.state == FaceSession.State.DECIDING:
            raise ReviewPending
        close_face_session(session_id=unfinished.pk, outcome=FaceSession.Outcome.FAIL, reason=Reason.GIVEN_UP)
    nonce = secrets.token_urlsafe(32)
    session = FaceSession.objects.create(
        member=member,
        nonce_digest=nonce_digest(nonce),
        challenge=draw_challenge(without),
        entrance=entrance,
        sign_in=sign_in,
        request=request,
        step_due_at=now + FIRST_STEP_WITHIN,
        started_at=now,
        moved_at=now,
    )
    return StartedFaceSession(session, nonce)
