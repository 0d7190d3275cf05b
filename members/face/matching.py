"""The local face matcher: dlib's 128 numbers, several live frames against one photo."""

from collections.abc import Sequence

import numpy as np

from members.face.frames import Frame
from members.face.seams import NoUsablePhoto
from members.face.thresholds import MatchingThresholds, thresholds


class LocalMatcher:
    def distance(self, portraits: Sequence[Frame], reference: Frame) -> float:
        """See FaceMatcher. On the mean of the frames: one frame's whim is averaged out."""
        try:
            photo = reference.encoding
        except LookupError as error:
            raise NoUsablePhoto("not exactly one face") from error
        return distance_between(mean_encoding(portraits), photo, thresholds().matching)


def mean_encoding(frames: Sequence[Frame]) -> np.ndarray:
    return np.mean([frame.encoding for frame in frames], axis=0)


def distance_between(a: np.ndarray, b: np.ndarray, limits: MatchingThresholds) -> float:
    """By the metric of the thresholds: Euclidean, or one minus the cosine of what differs from the mean face."""
    if limits.metric == "euclidean":
        return float(np.linalg.norm(a - b))
    a, b = a - np.array(limits.mean), b - np.array(limits.mean)
    return float(1 - a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
