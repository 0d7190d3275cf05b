"""What an installation must not start with, found by `manage.py check` (and `--database default`)."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import ProgrammingError

from members.face.seams import reference_photos
from members.face.thresholds import thresholds
from members.queries import stored_faces

MODELS = (
    "dlib_face_recognition_resnet_model_v1.dat",
    "shape_predictor_68_face_landmarks.dat",
    "shape_predictor_5_face_landmarks.dat",
    "mmod_human_face_detector.dat",
)
#: Who stores 100,000 faces files with the provincial cyberspace administration within 30 working days (Measures for
#: the Security of Face Recognition, in force since 1 June 2025, art. 15).
FILING_DUTY_FROM = 100_000
WARN_FROM = 80_000


@register(Tags.compatibility)
def face_models_are_there(**_: Any) -> list[CheckMessage]:
    """The library ends the whole process when they are missing; here it is said before."""
    spec = find_spec("face_recognition_models")
    folder = Path(spec.origin).parent / "models" if spec and spec.origin else None
    missing = [name for name in MODELS if folder is None or not (folder / name).is_file()]
    if find_spec("dlib") and find_spec("face_recognition") and not missing:
        return []
    return [
        Error(
            "Face recognition is not installed whole: the face check can't run.",
            hint="Install face_recognition, face_recognition_models and dlib-bin as requirements.lock pins them.",
            id="members.E001",
        )
    ]


@register(Tags.security)
def reference_photos_are_real(**_: Any) -> list[CheckMessage]:
    """A level that opens payouts must not rest on photos that somebody loaded by hand."""
    try:
        simulated = reference_photos().simulated
    except ImportError as error:
        return [Error(f"FACE_REFERENCE_PHOTOS: {error}", id="members.E002")]
    if settings.DEMO or not simulated:
        return []
    return [
        Error(
            "FACE_REFERENCE_PHOTOS names a simulated source of reference photos.",
            hint="members.face.vendor.HttpPhotos asks a real one; docs/face.md describes the call.",
            id="members.E002",
        )
    ]


@register(Tags.security)
def face_service_is_set_up(**_: Any) -> list[CheckMessage]:
    named = (settings.FACE_LIVENESS, settings.FACE_MATCHER, settings.FACE_REFERENCE_PHOTOS)
    if not any(name.startswith("members.face.vendor.") for name in named) or settings.DEMO:
        return []
    if settings.FACE_SERVICE_URL.startswith("https://") and settings.FACE_SERVICE_SECRET:
        return []
    return [Error("FACE_SERVICE_URL (https) and FACE_SERVICE_SECRET are needed by HTTP seams.", id="members.E003")]


@register(Tags.compatibility)
def face_thresholds_are_readable(**_: Any) -> list[CheckMessage]:
    try:
        thresholds()
    except (OSError, KeyError, TypeError, ValueError) as error:
        return [Error(f"FACE_THRESHOLDS can't be used: {error}", id="members.E004")]
    return []


@register(Tags.database)
def stored_faces_stay_below_the_filing_duty(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    if not databases:
        return []
    try:
        stored = stored_faces()
    except ProgrammingError:  # no table yet, so no face
        return []
    if stored < WARN_FROM:
        return []
    return [
        Warning(
            f"{stored} faces are stored; from {FILING_DUTY_FROM} on they have to be filed with the authorities.",
            hint="See docs/face.md: shorten how long evidence is kept, or file.",
            id="members.W001",
        )
    ]
