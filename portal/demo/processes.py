"""What an installation runs, as the demo runs it: name → command line (README shows the same for real servers)."""

import shlex
import sys
from pathlib import Path

WORKERS = {
    # One-time codes and the like have a worker to themselves: nothing stands before them.
    "worker-urgent": ("urgent", 1),
    "worker": ("events,messages", 2),
    # A provider of rewards that hangs holds up nobody's messages.
    "worker-rewards": ("rewards", 1),
    "worker-letters": ("letters,housekeeping", 1),
    # Somebody stands before the camera and waits: nothing else is done here.
    "worker-face": ("face", 1),
}
#: The models of the face check are 130 MB of its worker.
MOST_MEMORY_KB = {"worker-face": 345_000}
#: Two cores can't start everything at once: these wait until pages are served.
LATER = {"worker", "worker-rewards", "worker-letters", "worker-face", "beat"}
#: Those that say on standard output only that they are there.
TALKATIVE = {"sandbox", "mail", "topups", "visits"}
#: A demo may run as root; its owner knows.
AS_ROOT = "ignore:You're running the worker with superuser privileges"


def commands(
    *, web_port: int, sandbox_port: int, mail_port: int, topups_port: int, visits_port: int, sign: Path
) -> dict[str, str]:
    """Shell command lines; `exec`, so that a signal reaches the process and not a shell before it.

    `sign`: a file that appears when pages are served.
    """
    python = (sys.executable, "-m")
    celery = (sys.executable, "-W", AS_ROOT, "-m", "celery", "--app", "portal", "--quiet")
    lines: dict[str, tuple[str, ...]] = {
        "web": (
            *(*python, "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(web_port)),
            *("--workers", "1", "--blocking-threads", "8", "--log-level", "error", "--no-ws"),
            "portal.wsgi:application",
        ),
        "sandbox": (*python, "notifications.sandbox.provider", "--port", str(sandbox_port)),
        "topups": (*python, "points.sandbox.provider", "--port", str(topups_port)),
        "visits": (*python, "benefits.sandbox.provider", "--port", str(visits_port)),
        "mail": (*python, "notifications.sandbox.mail", "--port", str(mail_port)),
        "welcome": (*python, "portal.demo.welcome"),
        "beat": (*celery, "beat"),
    }
    for name, (queues, processes) in WORKERS.items():
        lines[name] = (
            *(*celery, "worker", "--queues", queues, "--concurrency", str(processes), "--hostname", f"{name}@%h"),
            *("--without-gossip", "--without-mingle"),
            *("--max-memory-per-child", str(MOST_MEMORY_KB.get(name, 250_000))),
        )
    return {name: shell_line(name, line, sign) for name, line in lines.items()}


def shell_line(name: str, line: tuple[str, ...], sign: Path) -> str:
    wait = f"until [ -e {shlex.quote(str(sign))} ]; do sleep 0.1; done; " if name in LATER else ""
    hushed = " > /dev/null" if name in TALKATIVE else ""
    return f"{wait}exec {shlex.join(line)}{hushed}"
