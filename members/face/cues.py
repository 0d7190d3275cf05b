"""What a face does, told from its 68 points and two patches of skin: numbers without a unit, compared with the same
face at rest.

Which way: seen in the picture, unmirrored. Points by the scheme of iBUG 300-W.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from members.face.sight import SeenFace

JAW_LEFT, JAW_RIGHT, NOSE_TIP, CHIN = slice(0, 3), slice(14, 17), 30, 8
EYES = (slice(36, 42), slice(42, 48))
#: These hold still while a mouth opens and eyes close: the plane is fitted through them.
STILL = [*range(5), *range(12, 17), *range(27, 36), 36, 39, 42, 45]
#: Patches are compared at this size in pixels.
PATCH = (24, 16)
#: Keeps an even patch from being divided by.
NOTHING = 1e-6


@dataclass(frozen=True)
class Cues:
    """`turn`: nose against jaw, −1…1, to the right of the picture > 0. `nod`: nose between eyes and chin, down > 0.
    `mouth`: opening of the inner lips by the distance of the eyes.
    `eyes`: likeness of the eyes to those at rest, 1 the same; `skin`: that of the nose, which no blink changes.
    """

    turn: float
    nod: float
    mouth: float
    eyes: float
    skin: float


def eye_centres(points: np.ndarray) -> np.ndarray:
    return np.array([points[eye].mean(axis=0) for eye in EYES])


def eye_distance(points: np.ndarray) -> float:
    left, right = eye_centres(points)
    return float(np.linalg.norm(right - left))


def upright(points: np.ndarray) -> np.ndarray:
    """Rolled so that the eyes are level, in eye distances from the middle between them."""
    left, right = eye_centres(points)
    across = right - left
    cos, sin = across / np.linalg.norm(across)
    return (points - (left + right) / 2) @ np.array([[cos, -sin], [sin, cos]]) / np.linalg.norm(across)


def turn(points: np.ndarray) -> float:
    """Asymmetry of the nose between the jaws. Not the pose of a head fitted to the points: that takes a tilted photo
    for a turned head.
    """
    level = upright(points)
    left = level[NOSE_TIP, 0] - level[JAW_LEFT, 0].mean()
    right = level[JAW_RIGHT, 0].mean() - level[NOSE_TIP, 0]
    return float((left - right) / (left + right))


def nod(points: np.ndarray) -> float:
    """How far down the nose's tip is between the eyes and the corners of the jaw."""
    level = upright(points)
    ears = (level[0, 1] + level[16, 1]) / 2
    return float(level[NOSE_TIP, 1] - ears)


def mouth(points: np.ndarray) -> float:
    level = upright(points)
    return float(level[[65, 66, 67], 1].mean() - level[[61, 62, 63], 1].mean())


def relief(rest: np.ndarray, now: np.ndarray) -> float:
    """What is left of the movement of the points when the best homography is taken away: root mean square by the
    distance of the eyes. A plane moves by a homography, so a photo leaves nothing but the noise of its points.
    """
    a, b = upright(rest)[STILL], upright(now)[STILL]
    moved = project(homography(a, b), a)
    return float(np.sqrt(((moved - b) ** 2).sum(axis=1).mean()))


def homography(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """3×3, least squares by singular values (direct linear transformation). The points are near 1 in size already."""
    x, y = a.T
    u, v = b.T
    nought, one = np.zeros_like(x), np.ones_like(x)
    rows = np.concatenate(
        [
            np.stack([x, y, one, nought, nought, nought, -u * x, -u * y, -u], axis=1),
            np.stack([nought, nought, nought, x, y, one, -v * x, -v * y, -v], axis=1),
        ]
    )
    return np.linalg.svd(rows)[2][-1].reshape(3, 3)


def project(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    placed = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return placed[:, :2] / placed[:, 2:]


def patch(grey: np.ndarray, centre: np.ndarray, across: np.ndarray, size: float) -> np.ndarray:
    """A rectangle around `centre` along `across`, `size` wide, as PATCH[1]×PATCH[0] values."""
    step = across / np.linalg.norm(across) * size / PATCH[0]
    down = np.array([-step[1], step[0]])
    i = np.arange(PATCH[0]) - (PATCH[0] - 1) / 2
    j = np.arange(PATCH[1]) - (PATCH[1] - 1) / 2
    places = centre + i[None, :, None] * step + j[:, None, None] * down
    xs = np.clip(places[..., 0].round().astype(int), 0, grey.shape[1] - 1)
    ys = np.clip(places[..., 1].round().astype(int), 0, grey.shape[0] - 1)
    return grey[ys, xs].astype(np.float32)


def patches(grey: np.ndarray, points: np.ndarray) -> dict[str, np.ndarray]:
    """Both eyes and the nose, along the eyes. Anchored by the corners of the eyes, which a lid does not move."""
    across = points[45] - points[36]
    wide = float(np.linalg.norm(across)) * 0.36
    left, right = (points[36] + points[39]) / 2, (points[42] + points[45]) / 2
    nose = (points[28] + points[30]) / 2
    return {
        "left": patch(grey, left, points[39] - points[36], wide),
        "right": patch(grey, right, points[45] - points[42], wide),
        "nose": patch(grey, nose, across, wide),
    }


def likeness(a: np.ndarray, b: np.ndarray, slack: int = 2) -> float:
    """Correlation, the best within `slack` pixels: the points tremble."""
    inner = a[slack:-slack, slack:-slack]
    inner = (inner - inner.mean()) / (inner.std() + NOTHING)
    moved = np.lib.stride_tricks.sliding_window_view(b, inner.shape)
    products = np.einsum("ijkl,kl->ij", moved, inner) / inner.size
    return float((products / (moved.std(axis=(2, 3)) + NOTHING)).max())


class Rest:
    """A face at rest, from several frames: what the others are compared with."""

    def __init__(self, greys: list[np.ndarray], faces: list[SeenFace]) -> None:
        # Frames differ in where the face is; its shape is the middle of the frames, upright.
        self.points = np.median([upright(face.points) for face in faces], axis=0)
        self.patches = patches(greys[-1], faces[-1].points)
        self.turn, self.nod, self.mouth = turn(self.points), nod(self.points), mouth(self.points)

    def relief(self, faces: Sequence[SeenFace]) -> float:
        """Of the middle of these frames: the trembling of single points is averaged out."""
        return relief(self.points, np.mean([upright(face.points) for face in faces], axis=0))

    def compare(self, grey: np.ndarray, face: SeenFace) -> Cues:
        now = patches(grey, face.points)
        return Cues(
            turn=turn(face.points) - self.turn,
            nod=nod(face.points) - self.nod,
            mouth=mouth(face.points) - self.mouth,
            eyes=max(likeness(self.patches[side], now[side]) for side in ("left", "right")),
            skin=likeness(self.patches["nose"], now["nose"]),
        )
