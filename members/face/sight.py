"""Where faces are in a picture and what they look like: the library behind it is seen by this module alone.

`face_recognition` is imported when first used: its models take 130 MB and two seconds, and it ends the whole process
when they are missing (`members.face.checks` says so before).
"""

import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from PIL import ImageFile

#: Pictures of 68 points, as the library groups them, in the order of the usual scheme (iBUG 300-W).
GROUPS = ("chin", "left_eyebrow", "right_eyebrow", "nose_bridge", "nose_tip", "left_eye", "right_eye")


@cache
def library() -> Any:
    """face_recognition, with its models in memory."""
    with warnings.catch_warnings():
        # face_recognition_models still asks pkg_resources for its files.
        warnings.simplefilter("ignore")
        import face_recognition
    # Importing it has Pillow fill up torn pictures with grey, in the whole process: here they are refused.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    return face_recognition


Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class SeenFace:
    """`box`: top, right, bottom, left in pixels. `points`: 68×2, x and y in pixels."""

    box: Box
    points: np.ndarray

    @property
    def width(self) -> int:
        return self.box[1] - self.box[3]


def look(picture: np.ndarray, *, coarse: bool = False) -> list[SeenFace]:
    """The faces of a picture (height×width×3 uint8, RGB). `coarse`: a quarter of the time, finds large faces only.

    HOG needs a face of 80 pixels; of 160 when it looks at every other pixel.
    """
    lib = library()
    if coarse:
        small = np.ascontiguousarray(picture[::2, ::2])
        boxes = [tuple(2 * edge for edge in box) for box in lib.face_locations(small, 0, "hog")]
    else:
        boxes = lib.face_locations(picture, 0, "hog")
    return [
        SeenFace(box, points_of(marks)) for box, marks in zip(boxes, lib.face_landmarks(picture, boxes), strict=True)
    ]


def points_of(marks: dict[str, list[tuple[int, int]]]) -> np.ndarray:
    """The library's groups as the 68 points. Lips share their corners between the two groups."""
    top, bottom = marks["top_lip"], marks["bottom_lip"]
    outer = [*top[:7], *bottom[1:6]]
    inner = [*reversed(top[7:12]), *reversed(bottom[8:11])]
    return np.array([point for name in GROUPS for point in marks[name]] + outer + inner, dtype=np.float64)


def encode(picture: np.ndarray, seen: SeenFace) -> np.ndarray:
    """128 numbers; the smaller the Euclidean distance of two, the likelier one person."""
    (encoding,) = library().face_encodings(picture, [seen.box])
    return np.asarray(encoding)
