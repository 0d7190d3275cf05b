"""Films for Chromium's camera: `--use-fake-device-for-media-stream --use-file-for-fake-video-capture=FILM.y4m`.

`python -m tests.face_videos FOLDER` writes one of each kind; Chromium plays a film again and again, from its start when
the page opens the camera.
"""

import sys
from collections.abc import Iterable, Sequence
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
    name: str, actions: Sequence[str], *, seed: int = 1, rest_s: float = REST_S, action_s: float = ACTION_S
) -> Iterable[np.ndarray]:
    """At rest, then each action after a pause; ends at rest."""
    camera = Camera(seed)
    for action in (None, *actions):
        if action:
            for part in course(action_s):
                yield camera.take(face(name).frame(POSES[action](part), shift=camera.shift()))
        for _ in range(round((PAUSE_S if action else rest_s) * FRAMES_PER_SECOND)):
            yield camera.take(face(name).frame(Pose(), shift=camera.shift()))


def film_of_print(name: str, actions: Sequence[str], *, seed: int = 1) -> Iterable[np.ndarray]:
    """A print, tilted as the actions ask."""
    camera = Camera(seed)
    for action in (None, *actions):
        yaw, pitch = TILTS.get(action or "", (0, 0))
        for part in course(ACTION_S) if action else np.zeros(round(REST_S * FRAMES_PER_SECOND)):
            yield camera.take(tilted(name, yaw * part, pitch * part, shift=camera.shift()))


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    actions = ("turn_left", "close_eyes", "look_up")
    write_y4m(folder / "person.y4m", film_of_person("collins", actions))
    write_y4m(folder / "another.y4m", film_of_person("hopper", actions))
    write_y4m(folder / "print.y4m", film_of_print("collins", actions))


if __name__ == "__main__":
    main()
