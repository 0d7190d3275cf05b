"""Members before the camera, for the tests of the face check."""

from functools import cache

from django.utils import timezone

from members.actions.start_face_session import start_face_session
from members.actions.submit_face_frames import submit_face_frames
from members.assurance import Context
from members.entrances import Entrance
from members.face.protocol import Action
from members.models import Consent, FaceSession, Factor, ReferencePhoto
from tests.face_sequences import Camera as Camera
from tests.face_sequences import jpeg, neutral, person, portrait
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import SESSION, proved, verified

#: To the right: Hopper's portrait looks to its left already, so that her left turn is a small one.
CHALLENGE = [Action.TURN_RIGHT, Action.CLOSE_EYES, Action.LOOK_UP]


def member_with_photo(photo_of="collins", **customer):
    """A verified member who agreed to face data, with a customer record and a reference photo."""
    member = verified(MemberFactory(agrees=True, customer=CustomerFactory(**customer)))
    Consent.objects.create(
        member=member, kind=Consent.Kind.FACE, version=1, language="zh-hans", text_hash=b"0" * 32, entrance="web"
    )
    if photo_of:
        ReferencePhoto.objects.create(customer=member.customer, photo=jpeg(portrait(photo_of), quality=90))
    return member


@cache
def scene(name):
    return person(name, CHALLENGE)


@cache
def film(name, seed=1):
    """JPEGs of a live person who does CHALLENGE: windows of bytes. Another seed is another film, picture by picture."""
    camera = Camera(seed)
    return tuple(tuple(jpeg(camera.take(frame)) for frame in window) for window in scene(name))


@cache
def still(name="collins", seed=1, frames=4):
    """A cheap window: the face at rest."""
    return tuple(jpeg(frame) for frame in neutral(name, Camera(seed), frames))


def start(member, *, without=(), request=b""):
    """With the code that comes before a face; `request`: what the face is to confirm."""
    proved(member, Factor.CODE)
    context = Context(entrance=Entrance.WEB, session=SESSION, request=request)
    started = start_face_session(member=member, context=context, without=without)
    FaceSession.objects.filter(pk=started.session.pk).update(challenge=CHALLENGE)
    return started


def send(clock, member, windows, started=None):
    """Sends window after window, two seconds apart; the session as it is at the end."""
    started = started or start(member)
    for step, window in enumerate(windows):
        clock.shift(2)
        session = submit_face_frames(member=member, nonce=started.nonce, step=step, pictures=window)
        if session.state == FaceSession.State.DECIDED:
            break
    return session


def ended(member, outcome, reason="no_match", **values):
    """A session of the past."""
    now = timezone.now()
    given = {"decided_at": now, "started_at": now, "thresholds_version": "test", "distance": 0.2, **values}
    return FaceSession.objects.create(
        member=member,
        nonce_digest=FaceSession.objects.count().to_bytes(32, "big"),
        challenge=CHALLENGE,
        entrance=Entrance.WEB,
        step=4,
        step_due_at=now,
        state=FaceSession.State.DECIDED,
        outcome=outcome,
        reason="" if outcome == "pass" else reason,
        **given,
    )
