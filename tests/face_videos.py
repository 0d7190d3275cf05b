"""Films for Chromium's camera: `--use-fake-device-for-media-stream --use-file-for-fake-video-capture=FILM.y4m`.

`python -m tests.face_videos FOLDER` writes one of each kind; Chromium plays a film again and again, from its start when
the page opens the camera.
"""

import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from tests.face_sequences import HEIGHT, POSES, TILTS, WIDTH, Camera, Pose, face, tilted

FRAMES_PER_SECOND = 10
REST_S, ACTION_S, PAUSE_S = 4.0, 3.0, 1.0


def write_y4m(path: Path, frames: Iterable[np.ndarray], *, rate: int = FRAMES_PER_SECOND) -> None:
    """640×480 RGB frames as YUV 4:2:0, uncompressed: 4.6 MB a second."""
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{rate}:1 Ip A1:1 C420jpeg\n".encode())
        for frame in frames:
            y, cb, cr = Image.fromarray(frame).convert("YCbCr").split()
            half = (WIDTH // 2, HEIGHT // 2)
            film.write(b"FRAME\n" + y.tobytes())
            for plane in (cb, cr):
                film.write(plane.resize(half, Image.Resampling.BOX).tobytes())


def course(seconds: float) -> np.ndarray:
    """From rest to the height of an action, a while there, and back."""
    times = np.linspace(0, 1, round(seconds * FRAMES_PER_SECOND))
    return np.clip(np.minimum(times, 1 - times) * 4, 0, 1)


def film_of_person(
    name: str, actions: Sequence[str], *, seed: int = 1, rest_s: float = REST_S, pause_s: float = PAUSE_S
) -> Iterable[np.ndarray]:
    """At rest, then each action, and a pause after it; ends at rest. No two frames have the same noise."""

    @cache
    def still(action: str, part: float) -> np.ndarray:
        return face(name).frame(POSES[action](part) if action else Pose())

    camera = Camera(seed)
    return (camera.take(still(action, part)) for action, part in script(actions, rest_s, pause_s))


def film_of_print(
    name: str, actions: Sequence[str], *, seed: int = 1, rest_s: float = REST_S, pause_s: float = PAUSE_S
) -> Iterable[np.ndarray]:
    """A print, tilted as the actions ask."""

    @cache
    def still(action: str, part: float) -> np.ndarray:
        yaw, pitch = TILTS.get(action, (0, 0))
        return tilted(name, yaw * part, pitch * part)

    camera = Camera(seed)
    return (camera.take(still(action, part)) for action, part in script(actions, rest_s, pause_s))


def script(actions: Sequence[str], rest_s: float, pause_s: float) -> Iterable[tuple[str, float]]:
    """For each frame which action, none at rest, and how far it has gone."""
    yield from [("", 0.0)] * round(rest_s * FRAMES_PER_SECOND)
    for action in actions:
        for part in course(ACTION_S):
            yield action, round(float(part), 2)
        yield from [("", 0.0)] * round(pause_s * FRAMES_PER_SECOND)


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    actions = ("turn_left", "close_eyes", "look_up")
    write_y4m(folder / "person.y4m", film_of_person("collins", actions))
    write_y4m(folder / "another.y4m", film_of_person("hopper", actions))
    write_y4m(folder / "print.y4m", film_of_print("collins", actions))


if __name__ == "__main__":
    main()
