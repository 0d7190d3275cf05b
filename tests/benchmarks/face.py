"""How long a member waits after the last picture, and how many faces two cores decide in a second.

`python -m tests.benchmarks.face [SESSIONS]`; the last line is one JSON object. A true worker, its queue and database
stand around it; every session has pictures of its own (29 of 640×480, with the noise of a sensor). First one session
after another, on one worker process; then all at once, on two.
"""

import json
import os
import statistics
import sys
import time
from pathlib import Path

import django

from tests.stage import Stage

DEFAULT_SESSIONS = 20
PATIENCE_S = 180
LATE_MS, SLOW_PER_S, FAT_MB = 3000, 1.5, 350


def main() -> None:
    sessions = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_SESSIONS
    stage = Stage()
    try:
        stage.manage("migrate", "--verbosity", "0")
        stage.manage("load_catalogue")  # whoever passes is told
        os.environ |= stage.env
        django.setup()
        from tests.members.face_cast import member_with_photo

        films = Films()
        cast = [member_with_photo("collins") for _ in range(2 * sessions + 1)]
        stage.start("worker-face")
        waited(submit(cast.pop(), films))  # the worker has started when this one is decided
        waits = [waited(submit(cast.pop(), films)) for _ in range(sessions)]
        _, worker_mb = stage.largest_worker()
        stage.kill("worker-face")
        per_s, fattest = throughput(stage, [submit(member, films) for member in cast])
    finally:
        stage.stop()
    p95 = statistics.quantiles(waits, n=20)[-1] * 1000
    worker_mb = max(worker_mb, fattest)
    sys.stdout.write(f"one after another: median {statistics.median(waits) * 1000:.0f} ms of {sessions}\n")
    sys.stdout.write(f"wanted: p95 < {LATE_MS} ms, ≥ {SLOW_PER_S} sessions/s, worker < {FAT_MB} MB\n")
    result = {"decision_p95_ms": round(p95), "sessions_per_s": round(per_s, 2), "worker_mb": round(worker_mb)}
    sys.stdout.write(json.dumps({"benchmark": "face", **result}) + "\n")


class Films:
    """The same person again and again, never the same picture."""

    def __init__(self) -> None:
        from tests.face_sequences import COURSE, NEUTRAL_FRAMES, POSES, Camera, Pose, face
        from tests.members.face_cast import CHALLENGE

        subject, self.camera = face("collins"), Camera(1)
        self.windows = [[subject.frame(Pose()) for _ in range(NEUTRAL_FRAMES)]]
        self.windows += [[subject.frame(POSES[action](part)) for part in COURSE] for action in CHALLENGE]

    def next(self) -> list[list[bytes]]:
        from tests.face_sequences import jpeg

        light = self.camera.dice.uniform
        return [[jpeg(self.camera.take(frame, light=light(0.9, 1.0))) for frame in window] for window in self.windows]


def submit(member, films) -> int:
    """All pictures of one session; its id. The pauses between the steps are left out."""
    from members.actions.submit_face_frames import submit_face_frames
    from members.models import FaceSession
    from tests.members.face_cast import start

    started = start(member)
    for step, window in enumerate(films.next()):
        FaceSession.objects.filter(pk=started.session.pk).update(moved_at=started.session.started_at)
        time.sleep(0.75 if step == 1 else 0)
        session = submit_face_frames(member=member, nonce=started.nonce, step=step, pictures=window)
        assert session.outcome == "", session.reason
    return started.session.pk


def waited(session_id: int) -> float:
    """Seconds from now, the last picture being in, until the decision can be read."""
    from members.models import FaceSession

    began = time.perf_counter()
    while not FaceSession.objects.filter(pk=session_id, state="decided").exists():
        assert time.perf_counter() - began < PATIENCE_S, "no decision"
        time.sleep(0.02)
    took = time.perf_counter() - began
    session = FaceSession.objects.get(pk=session_id)
    assert session.outcome == "pass", (session.reason, session.scores)
    return took


def throughput(stage: Stage, session_ids: list[int]) -> tuple[float, float]:
    """Sessions a second with two processes, and the MB of the largest."""
    from django.db.models import Max, Min

    from members.models import FaceSession
    from portal.demo import processes

    processes.WORKERS["worker-face"] = ("face", 2)
    stage.start("worker-face")
    for session_id in session_ids:
        waited(session_id)
    _, fattest = stage.largest_worker()
    decided = FaceSession.objects.filter(pk__in=session_ids).aggregate(first=Min("decided_at"), last=Max("decided_at"))
    # The clock runs from the first two decisions on: how long a worker starts is another question.
    span = (decided["last"] - decided["first"]).total_seconds()
    return (len(session_ids) - 2) / span, fattest


if __name__ == "__main__":
    assert Path("manage.py").exists(), "run it from the project's folder"
    main()
