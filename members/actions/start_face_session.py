"""A member stands before the camera."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from members.actions.close_face_session import close_face_session
from members.assurance import Context, require_assurance
from members.face.protocol import FIRST_STEP_WITHIN, Action, draw_challenge
from members.face.rules import NoFaceConsent, ReviewPending, check_attempts, is_minor
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
    context: Context,
    without: Collection[Action] = (),
) -> StartedFaceSession:
    """Draws a challenge for this member. One that was begun before and not finished is given up.

    With `context.request` the face is to confirm that one request, and needs no other factor before it (who has lost
    the phone has none); without, it is to raise the level. `without`: actions that the member can't do
    (protocol.MAY_BE_LEFT_OUT). Raises AssuranceRefused (face.confirm, face.verify), FaceNotPossible (rules),
    ValueError.
    """
    require_assurance(member, "face.confirm" if context.request else "face.verify", context)
    # The row is the lock: attempts are counted and the next one begun by one request at a time.
    member = Member.objects.select_for_update(of=("self",)).select_related("customer").get(pk=member.pk)
    now = timezone.now()
    assert member.customer, "whoever is verified has a customer record"
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
        entrance=context.entrance,
        sign_in=context.session,
        request=context.request or None,
        step_due_at=now + FIRST_STEP_WITHIN,
        started_at=now,
        moved_at=now,
    )
    return StartedFaceSession(session, nonce)
