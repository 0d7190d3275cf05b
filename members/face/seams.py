"""Where a vendor may take over: three small interfaces, each with one implementation here and one by HTTP.

Settings FACE_LIVENESS, FACE_MATCHER and FACE_REFERENCE_PHOTOS name the classes. docs/face.md describes the calls.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from members.face.frames import Frame
from members.face.protocol import Action
from members.models import Customer


class Reason(models.TextChoices):
    """Why a session did not pass; what a member reads follows from it."""

    NO_FACE = "no_face", _("no face to be seen, or one that is covered")
    SEVERAL_FACES = "several_faces", _("more than one face")
    TOO_FAR = "too_far", _("too far from the camera")
    TOO_DARK = "too_dark", _("too dark")
    TOO_BRIGHT = "too_bright", _("too bright")
    NOT_DONE = "not_done", _("a movement was not seen")
    SOMETHING_ELSE = "something_else", _("another movement than the one asked for")
    FLAT = "flat", _("a picture, not a face in space")
    ANOTHER_PERSON = "another_person", _("not the same person throughout")
    REPLAYED = "replayed", _("pictures that were sent before")
    TOO_LATE = "too_late", _("out of time")
    UNREADABLE = "unreadable", _("pictures that can't be read")
    GIVEN_UP = "given_up", _("given up")
    TOO_FAST = "too_fast", _("faster than anybody can be")
    NO_MATCH = "no_match", _("not like the reference photo")
    NEAR_MATCH = "near_match", _("not like enough for a machine to decide")
    TRIED_OFTEN = "tried_often", _("failed five times in a day")
    NO_REFERENCE = "no_reference", _("no usable reference photo")
    OUT_OF_SERVICE = "out_of_service", _("the check is out of service")


@dataclass(frozen=True)
class Liveness:
    """Alive where `reason` is None. `portraits`: the frames that are best compared with a photo.

    `scores`: what was measured, by step and cue; numbers alone.
    """

    reason: Reason | None
    portraits: Sequence[Frame] = ()
    scores: dict[str, float] = field(default_factory=dict)


class LivenessCheck(Protocol):
    def check(self, windows: Sequence[Sequence[Frame]], challenge: Sequence[Action]) -> Liveness:
        """Window 0 is the face at rest, window n shows action n. Raises ServiceUnavailable."""
        ...


class FaceMatcher(Protocol):
    def distance(self, portraits: Sequence[Frame], reference: Frame) -> float:
        """How unlike the live portraits and the reference photo are, on the scale of the thresholds.

        Raises NoUsablePhoto (no face in the reference), ServiceUnavailable.
        """
        ...


class ReferencePhotoSource(Protocol):
    #: Whether the photos are somebody's invention: production does not start on such a source.
    simulated: bool

    def photo_of(self, customer: Customer) -> bytes:
        """JPEG, PNG or WebP. Raises NoUsablePhoto, ServiceUnavailable."""
        ...


class NoUsablePhoto(Exception):
    """The identity source has no photo of this person, or none with one face."""


class ServiceUnavailable(Exception):
    """A vendor does not answer now: try again. The message holds no personal data."""


class ServiceRefused(ServiceUnavailable):
    """A vendor's answer that trying again does not change: our configuration, or an answer nobody can read."""


@cache
def liveness_check() -> LivenessCheck:
    return import_string(settings.FACE_LIVENESS)()


@cache
def face_matcher() -> FaceMatcher:
    return import_string(settings.FACE_MATCHER)()


@cache
def reference_photos() -> ReferencePhotoSource:
    return import_string(settings.FACE_REFERENCE_PHOTOS)()
