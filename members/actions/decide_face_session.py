"""The decision about a face: live, the same person throughout, like the reference photo."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.utils import timezone

from members.actions.close_face_session import Measured, close_face_session
from members.face.frames import Frame, UnreadableFrame
from members.face.parcel import unpack
from members.face.protocol import STEPS, Action
from members.face.rules import FAILURES_A_DAY, failures_on_day_of
from members.face.seams import (
    NoUsablePhoto,
    Reason,
    ServiceRefused,
    face_matcher,
    liveness_check,
    reference_photos,
)
from members.face.thresholds import thresholds
from members.models import FaceSession

log = structlog.get_logger(__name__)
Outcome = FaceSession.Outcome


@dataclass(frozen=True)
class Verdict:
    outcome: FaceSession.Outcome
    reason: Reason | None
    measured: Measured
    live: Sequence[Frame] = ()
    reference: bytes | None = None


def decide_face_session(*, session_id: int) -> FaceSession:
    """Decides a session whose pictures are complete; a second time changes nothing. No lock is held meanwhile.

    Raises ServiceUnavailable: a vendor should be asked again.
    """
    session = FaceSession.objects.select_related("member__customer").get(pk=session_id)
    if session.state != FaceSession.State.DECIDING:
        return session
    verdict = judge(session)
    if is_for_people(session, verdict):
        verdict = ask_people(session, verdict)
    return close_face_session(
        session_id=session.pk,
        outcome=verdict.outcome,
        reason=verdict.reason,
        measured=verdict.measured,
        evidence=evidence(verdict) if verdict.outcome == Outcome.REVIEW else None,
    )


def judge(session: FaceSession) -> Verdict:
    """Raises ServiceUnavailable."""
    try:
        windows = windows_of(session)
        if windows is None:
            # The unlogged table is empty after a crash of the database server: begin again, uncounted.
            return Verdict(Outcome.FAIL, Reason.OUT_OF_SERVICE, Measured())
        return look_at(session, windows)
    except NoUsablePhoto:
        return Verdict(Outcome.FAIL, Reason.NO_REFERENCE, Measured())
    except ServiceRefused as error:
        log.error("face_service_refused", session_id=session.pk, error=str(error))
        return Verdict(Outcome.FAIL, Reason.OUT_OF_SERVICE, Measured())


def windows_of(session: FaceSession) -> list[list[Frame]] | None:
    """The pictures of all steps; None where any are missing."""
    steps = list(session.frames.order_by("step"))
    if len(steps) != STEPS:
        return None
    return [[Frame.known(picture) for picture in unpack(step.pictures)] for step in steps]


def look_at(session: FaceSession, windows: list[list[Frame]]) -> Verdict:
    limits = thresholds()
    liveness = liveness_check().check(windows, [Action(action) for action in session.challenge])
    if liveness.reason:
        shown = [window[len(window) // 2] for window in windows]
        measured = Measured(limits.version, scores=liveness.scores)
        return Verdict(Outcome.FAIL, liveness.reason, measured, live=shown)
    photo = reference_of(session)
    try:
        reference = Frame(photo)
    except UnreadableFrame as error:
        raise NoUsablePhoto(error.reason) from error
    distance = face_matcher().distance(liveness.portraits, reference)
    measured = Measured(limits.version, round(distance, 4), liveness.scores)
    if distance <= limits.matching.accept:
        return Verdict(Outcome.PASS, None, measured)
    if distance <= limits.matching.review and session.request is None:
        return Verdict(Outcome.REVIEW, Reason.NEAR_MATCH, measured, live=liveness.portraits, reference=photo)
    return Verdict(Outcome.FAIL, Reason.NO_MATCH, measured, live=liveness.portraits, reference=photo)


def is_for_people(session: FaceSession, verdict: Verdict) -> bool:
    """The fifth failure of a day; never a face that confirms a request: by tomorrow the member is long gone."""
    counted = verdict.outcome == Outcome.FAIL and verdict.reason not in FaceSession.NOT_COUNTED
    if not counted or session.request is not None:
        return False
    return failures_on_day_of(session.member, timezone.now()) + 1 >= FAILURES_A_DAY


def ask_people(session: FaceSession, verdict: Verdict) -> Verdict:
    """A review; the failure as it is where there is no photo: whose face it is nobody could say then.

    Raises ServiceUnavailable.
    """
    try:
        photo = verdict.reference or reference_of(session)
    except (NoUsablePhoto, ServiceRefused):
        return verdict
    return Verdict(Outcome.REVIEW, Reason.TRIED_OFTEN, verdict.measured, verdict.live, photo)


def reference_of(session: FaceSession) -> bytes:
    """Raises NoUsablePhoto, ServiceUnavailable, ServiceRefused."""
    assert session.member.customer, "a session begins only with a customer"
    return reference_photos().photo_of(session.member.customer)


def evidence(verdict: Verdict) -> dict[str, Any]:
    assert verdict.reference, "nobody compares a face with nothing"
    return {
        "live": [base64.b64encode(frame.data).decode() for frame in verdict.live],
        "reference": base64.b64encode(verdict.reference).decode(),
    }
