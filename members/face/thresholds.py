"""The numbers that decisions are made by: data with a version, which every decision records."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from django.conf import settings

SHIPPED = Path(__file__).with_name("thresholds.json")
Metric = Literal["euclidean", "cosine"]


@dataclass(frozen=True)
class MatchingThresholds:
    """Distances: up to `accept` passes, up to `review` goes to people, above is refused. `same_person` holds two
    frames of one session together. `mean`: what is taken away from encodings before their cosine is compared.
    """

    metric: Metric
    accept: float
    review: float
    same_person: float
    mean: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.metric not in ("euclidean", "cosine") or not 0 < self.accept <= self.review <= self.same_person:
            raise ValueError("matching: 0 < accept <= review <= same_person, by euclidean or cosine")
        if self.metric == "cosine" and len(self.mean) != 128:
            raise ValueError("matching: the cosine needs a mean of 128 numbers")


@dataclass(frozen=True)
class LivenessThresholds:
    """What a cue must reach for its action (units: members.face.cues), and from where on it is another action."""

    turn: float
    nod: float
    mouth: float
    eyes: float
    relief: float
    another: dict[str, float]


@dataclass(frozen=True)
class PictureThresholds:
    """`darkest` and `brightest`: mean of the face, 0–255."""

    smallest_face_px: int
    darkest: float
    brightest: float


@dataclass(frozen=True)
class Thresholds:
    version: str
    matching: MatchingThresholds
    liveness: LivenessThresholds
    picture: PictureThresholds


def parse(data: dict[str, Any]) -> Thresholds:
    """Raises KeyError, TypeError, ValueError."""
    matching = {**data["matching"], "mean": tuple(data["matching"].get("mean", ()))}
    if not data["version"]:
        raise ValueError("thresholds need a version")
    return Thresholds(
        version=str(data["version"])[:40],
        matching=MatchingThresholds(**matching),
        liveness=LivenessThresholds(**data["liveness"]),
        picture=PictureThresholds(**data["picture"]),
    )


@cache
def read(path: Path) -> Thresholds:
    """Raises OSError and what `parse` raises."""
    return parse(json.loads(path.read_text()))


def thresholds() -> Thresholds:
    """Those in force: of the file that setting FACE_THRESHOLDS names, else those shipped."""
    return read(Path(settings.FACE_THRESHOLDS) if settings.FACE_THRESHOLDS else SHIPPED)
