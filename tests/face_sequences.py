"""Faces before a camera, made from two portraits in the public domain that packages ship.

Grace Hopper: James S. Davis, United States Navy, 1984; ships with matplotlib. Eileen Collins: NASA, 1999; ships with
scikit-image. Works of the United States government, free of copyright. Neither package is imported.

A portrait gets the relief of a head, and turns and nods in space; lids and jaw are drawn down. A print keeps the
portrait flat and tilts the paper.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 640, 480
#: How far an action has gone in each frame of its window.
COURSE = (0.15, 0.5, 0.9, 1.0, 1.0, 0.9, 0.5, 0.1)
NEUTRAL_FRAMES = 5
#: Degrees at the height of a turn and of a nod.
TURN, NOD = 30.0, 20.0

PORTRAITS = {
    # package, file, and the part of it that a camera would see
    "hopper": ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg", (30, 50, 502, 404)),
    "collins": ("skimage", "data/astronaut.png", (90, 15, 350, 210)),
}


@dataclass(frozen=True)
class Pose:
    """What a face does. `yaw` > 0: its nose goes to the right of the picture; `pitch` > 0: down."""

    yaw: float = 0.0
    pitch: float = 0.0
    lids: float = 0.0
    jaw: float = 0.0


#: A camera sees its subject unmirrored: who turns to their own left goes to the right of the picture.
POSES = {
    "turn_left": lambda course: Pose(yaw=TURN * course),
    "turn_right": lambda course: Pose(yaw=-TURN * course),
    "look_down": lambda course: Pose(pitch=NOD * course),
    "look_up": lambda course: Pose(pitch=-NOD * course),
    "close_eyes": lambda course: Pose(lids=min(1.0, course * 1.2)),
    "open_mouth": lambda course: Pose(jaw=course),
}


@cache
def portrait(name: str) -> np.ndarray:
    """640×480 RGB."""
    package, file, box = PORTRAITS[name]
    spec = find_spec(package)
    assert spec and spec.origin
    with Image.open(Path(spec.origin).parent / file) as image:
        part = image.convert("RGB").crop(box).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    return np.asarray(part)


class Face:
    """A portrait that moves."""

    def __init__(self, name: str) -> None:
        self.pixels = portrait(name).astype(np.float32)
        self.marks = landmarks_of(name)
        left, right = self.marks[0], self.marks[16]
        self.width = float(np.linalg.norm(right - left))
        self.centre = self.marks[27:31].mean(axis=0)
        self.ys, self.xs = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)

    def relief(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        """How far each point stands out towards the camera, in pixels."""
        x, y = (xs - self.centre[0]) / self.width, (ys - self.centre[1]) / self.width
        head = 0.5 * np.exp(-((x / 0.55) ** 2 + (y / 0.75) ** 2))
        tip = (self.marks[30] - self.centre) / self.width
        nose = 0.16 * np.exp(-(((x - tip[0]) / 0.11) ** 2 + ((y - tip[1]) / 0.16) ** 2))
        sockets = -0.05 * sum(
            np.exp(-(((x - eye[0]) / 0.1) ** 2 + ((y - eye[1]) / 0.08) ** 2))
            for eye in (
                (self.marks[36:42].mean(axis=0) - self.centre) / self.width,
                (self.marks[42:48].mean(axis=0) - self.centre) / self.width,
            )
        )
        return self.width * (head + nose + sockets)

    def frame(self, pose: Pose, *, shift: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
        """The camera's picture. Every point comes from where the relief, turned, brought it."""
        xs, ys = self.turned(self.xs - shift[0], self.ys - shift[1], pose)
        ys = self.mouth_opened(xs, ys, pose.jaw)
        gap = self.gap(xs, ys, pose.jaw)
        ys = self.lids_drawn(xs, ys, pose.lids)
        picture = sample(self.pixels, xs, ys)
        picture[gap] = (45, 15, 20)
        return picture

    def turned(self, us: np.ndarray, vs: np.ndarray, pose: Pose) -> tuple[np.ndarray, np.ndarray]:
        """How far a turned head's points have come is smooth: every fourth pixel is enough to know it."""
        yaw, pitch = np.radians(pose.yaw), np.radians(pose.pitch)
        if not yaw and not pitch:
            return us, vs
        us4, vs4 = (values.reshape(HEIGHT // 4, 4, WIDTH // 4, 4).mean(axis=(1, 3)) for values in (us, vs))
        xs, ys = us4, vs4
        # What is far from the head stays where it is.
        for _ in range(12):
            depth = self.relief(xs, ys)
            near = np.exp(-((((xs - self.centre[0]) / self.width) / 1.1) ** 4))
            xs, ys = (
                us4 - (xs - self.centre[0]) * near * (np.cos(yaw) - 1) - depth * np.sin(yaw),
                vs4 - (ys - self.centre[1]) * near * (np.cos(pitch) - 1) - depth * np.sin(pitch),
            )
        return us + enlarged(xs - us4), vs + enlarged(ys - vs4)

    def lids_drawn(self, xs: np.ndarray, ys: np.ndarray, closed: float) -> np.ndarray:
        """The skin between brow and eye is drawn over the eye."""
        if not closed:
            return ys
        for eye, brow in ((self.marks[36:42], self.marks[17:22]), (self.marks[42:48], self.marks[22:27])):
            upper, lower = eye[1:3, 1].mean() - 2, eye[4:6, 1].mean() + 2
            top = brow[:, 1].mean() * 0.4 + upper * 0.6
            middle, half = eye[:, 0].mean(), (eye[3, 0] - eye[0, 0]) * 0.62
            edge = np.clip(1 - ((xs - middle) / half) ** 4, 0, 1) * closed
            rim = upper + (lower - upper) * edge
            above = top + (ys - top) * (upper - top) / np.maximum(rim - top, 1)
            ys = np.where((ys > top) & (ys < rim) & (edge > 0), above, ys)
        return ys

    def lips(self) -> tuple[float, float, float]:
        inner = self.marks[60:68]
        return float(inner[:, 0].mean()), float(inner[:, 1].mean()), float(self.marks[54, 0] - self.marks[48, 0])

    def drop(self, xs: np.ndarray, jaw: float) -> np.ndarray:
        middle, _, wide = self.lips()
        return 0.42 * wide * jaw * np.clip(1 - ((xs - middle) / (0.5 * wide)) ** 2, 0, 1) ** 0.5

    def mouth_opened(self, xs: np.ndarray, ys: np.ndarray, jaw: float) -> np.ndarray:
        """Lower lip and chin go down; far below nothing moves."""
        if not jaw:
            return ys
        _, line, wide = self.lips()
        drop = self.drop(xs, jaw)
        fades = np.clip(1 - (ys - line - drop) / (1.6 * wide), 0, 1)
        return np.where(ys > line, np.maximum(line, ys - drop * fades), ys)

    def gap(self, xs: np.ndarray, ys: np.ndarray, jaw: float) -> np.ndarray:
        if not jaw:
            return np.zeros(ys.shape, bool)
        _, line, _ = self.lips()
        return (ys == line) & (self.drop(xs, jaw) > 0)


@cache
def face(name: str) -> Face:
    return Face(name)


@cache
def landmarks_of(name: str) -> np.ndarray:
    """68 points (x, y) in pixels."""
    from members.face.sight import look

    (seen,) = look(portrait(name))
    return seen.points


def enlarged(values: np.ndarray) -> np.ndarray:
    image = Image.fromarray(values.astype(np.float32))
    return np.asarray(image.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR))


def sample(pixels: np.ndarray, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    """Bilinear, float32; beyond the edge the edge goes on."""
    height, width = pixels.shape[:2]
    xs = np.clip(xs.astype(np.float32), 0, width - 1.01)
    ys = np.clip(ys.astype(np.float32), 0, height - 1.01)
    x, y = xs.astype(np.int32), ys.astype(np.int32)
    fx, fy = (xs - x)[..., None], (ys - y)[..., None]
    flat, corner = pixels.reshape(-1, 3), y * width + x
    top, right = np.take(flat, corner, axis=0), np.take(flat, corner + 1, axis=0)
    low, low_right = np.take(flat, corner + width, axis=0), np.take(flat, corner + width + 1, axis=0)
    top += (right - top) * fx
    low += (low_right - low) * fx
    return top + (low - top) * fy


@cache
def grain() -> np.ndarray:
    """The noise of a sensor; a frame gets a random piece of it."""
    return np.random.default_rng(0).normal(0, 2.5, (HEIGHT + 64, WIDTH + 64, 3)).astype(np.float32)


class Camera:
    """Noise and an unsteady hand: no two frames are alike. The same seed gives the same film."""

    def __init__(self, seed: int = 1) -> None:
        self.dice = np.random.default_rng(seed)

    def shift(self) -> tuple[float, float]:
        return tuple(self.dice.normal(0, 1.2, 2))

    def take(self, picture: np.ndarray, *, light: float = 1.0) -> np.ndarray:
        x, y = self.dice.integers(0, 64, 2)
        noise = grain()[y : y + HEIGHT, x : x + WIDTH]
        return np.clip(picture * light + noise, 0, 255).astype(np.uint8)


def neutral(name: str, camera: Camera, frames: int = NEUTRAL_FRAMES) -> list[np.ndarray]:
    return [camera.take(face(name).frame(Pose(), shift=camera.shift())) for _ in range(frames)]


def acting(name: str, action: str, camera: Camera, course: Sequence[float] = COURSE) -> list[np.ndarray]:
    return [camera.take(face(name).frame(POSES[action](part), shift=camera.shift())) for part in course]


def person(name: str, actions: Sequence[str], *, seed: int = 1) -> list[list[np.ndarray]]:
    """A live person: the neutral window, then one window per action."""
    camera = Camera(seed)
    return [neutral(name, camera), *(acting(name, action, camera) for action in actions)]


def tilted(name: str, yaw: float, pitch: float, *, shift: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """A flat print of the portrait, tilted by degrees before the camera: a homography of the plane."""
    a, b = np.radians(yaw), np.radians(pitch)
    rotation = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]]) @ np.array(
        [[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]]
    )
    focal = 640.0
    plane = np.array([[1, 0, -WIDTH / 2], [0, 1, -HEIGHT / 2], [0, 0, 0]])
    placed = rotation @ plane + np.array([[0, 0, 0], [0, 0, 0], [0, 0, focal]])
    camera = np.array([[focal, 0, WIDTH / 2 + shift[0]], [0, focal, HEIGHT / 2 + shift[1]], [0, 0, 1]])
    back = np.linalg.inv(camera @ placed)
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH]
    x, y, w = np.tensordot(back, np.stack([xs, ys, np.ones_like(xs)]), axes=1)
    return sample(portrait(name).astype(np.float32), x / w, y / w)


#: What somebody with a print can do for each action: tilt it.
TILTS = {"turn_left": (40, 0), "turn_right": (-40, 0), "look_down": (0, -30), "look_up": (0, 30)}


def print_of(name: str, actions: Sequence[str], *, seed: int = 1) -> list[list[np.ndarray]]:
    """A print on paper, tilted as the actions ask."""
    camera = Camera(seed)
    windows = [[camera.take(tilted(name, 0, 0, shift=camera.shift())) for _ in range(NEUTRAL_FRAMES)]]
    for action in actions:
        yaw, pitch = TILTS.get(action, (0, 0))
        windows.append([camera.take(tilted(name, yaw * c, pitch * c, shift=camera.shift())) for c in COURSE])
    return windows


def jpeg(frame: np.ndarray, quality: int = 88) -> bytes:
    kept = io.BytesIO()
    Image.fromarray(frame).save(kept, "JPEG", quality=quality)
    return kept.getvalue()
