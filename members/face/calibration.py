"""What a threshold costs: impostors accepted (FAR), genuine people refused (FRR), counted over all pairs of a set."""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np

from members.face.thresholds import Metric, Thresholds

#: Distances are counted in steps of this.
STEP = 0.001
BINS = 2000
#: Rows compared with all others at once: 1,000 × 10,000 distances are 80 MB.
BLOCK = 1000
EVERYBODY = "everybody"
#: 95 %, two-sided.
Z = 1.959964


@dataclass(frozen=True)
class Rate:
    """`hits` of `of`, with the bounds of Wilson's 95 % interval. Pairs share pictures, so the true one is wider."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        return self.hits / self.of if self.of else math.nan

    @property
    def bounds(self) -> tuple[float, float]:
        if not self.of:
            return 0.0, 1.0
        p, n = self.value, self.of
        centre = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
        half = Z / (1 + Z**2 / n) * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
        return max(0.0, centre - half), min(1.0, centre + half)


@dataclass(frozen=True)
class Counts:
    """Pairs by distance: how many at most at the end of each step."""

    genuine: np.ndarray
    impostor: np.ndarray

    def far(self, threshold: float) -> Rate:
        return Rate(int(self.impostor[at(threshold)]), int(self.impostor[-1]))

    def frr(self, threshold: float) -> Rate:
        total = int(self.genuine[-1])
        return Rate(total - int(self.genuine[at(threshold)]), total)

    def threshold_for(self, far: float) -> float | None:
        """The highest threshold whose FAR is surely (upper bound) not above `far`; None: too few pairs to say."""
        good = [step for step in range(1, BINS) if self.far(step * STEP).bounds[1] <= far]
        return round(max(good) * STEP, 3) if good else None


def at(threshold: float) -> int:
    return min(max(round(threshold / STEP) - 1, 0), BINS - 1)


@dataclass(frozen=True)
class Labelled:
    """Encodings (n×128) with the person of each, and the group of each person who has one."""

    encodings: np.ndarray
    people: Sequence[str]
    groups: dict[str, str]


def mean_face(labelled: Labelled) -> np.ndarray:
    """Of the people, not of the pictures: nobody counts more for having more of them."""
    people = np.array(labelled.people)
    return np.mean([labelled.encodings[people == name].mean(axis=0) for name in sorted(set(people))], axis=0)


def count_pairs(labelled: Labelled, metric: Metric) -> dict[str, Counts]:
    """Counts over all pairs, for everybody and within each group."""
    vectors = labelled.encodings
    if metric == "cosine":
        vectors = vectors - mean_face(labelled)
        vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    numbers = {name: number for number, name in enumerate(sorted(set(labelled.people)))}
    people = np.array([numbers[name] for name in labelled.people])
    groups = np.array([labelled.groups.get(name, "") for name in labelled.people])
    names = [EVERYBODY, *sorted(set(groups) - {""})]
    found = {name: [np.zeros(BINS, np.int64), np.zeros(BINS, np.int64)] for name in names}
    for start in range(0, len(vectors), BLOCK):
        rows = slice(start, start + BLOCK)
        steps = np.clip((distances(vectors[rows], vectors, metric) / STEP).astype(np.int32), 0, BINS - 1)
        later = np.arange(len(vectors))[None, :] > np.arange(len(vectors))[rows, None]
        same = people[rows, None] == people[None, :]
        for name in names:
            pairs = later if name == EVERYBODY else later & (groups[rows, None] == name) & (groups[None, :] == name)
            found[name][0] += np.bincount(steps[pairs & same], minlength=BINS)
            found[name][1] += np.bincount(steps[pairs & ~same], minlength=BINS)
    return {name: Counts(genuine.cumsum(), impostor.cumsum()) for name, (genuine, impostor) in found.items()}


def distances(a: np.ndarray, b: np.ndarray, metric: Metric) -> np.ndarray:
    if metric == "cosine":
        return 1 - a @ b.T
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :] - 2 * a @ b.T
    return np.sqrt(np.maximum(squares, 0))


def new_thresholds(
    old: Thresholds, *, metric: Metric, accept: float, review: float, mean: np.ndarray, on: date
) -> dict[str, Any]:
    """The contents of a thresholds file: matching as measured, the rest as before, under a version of its own."""
    matching = {
        "metric": metric,
        "accept": accept,
        "review": review,
        "same_person": round(max(review * 1.1, review + 0.02), 3),
        "mean": [round(float(value), 6) for value in mean] if metric == "cosine" else [],
    }
    data = {"matching": matching, "liveness": asdict(old.liveness), "picture": asdict(old.picture)}
    digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    return {"version": f"{on.isoformat()}-{digest[:8]}", **data}
