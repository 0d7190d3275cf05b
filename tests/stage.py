"""The demo's processes around an empty installation of their own, for benchmarks and fault tests."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
# Keeps the servers for as long as its standard input is open, and says where they are.
HOLDER = """
import json, os, sys
from portal import embedded
embedded.start_missing()
print(json.dumps({name: os.environ[name] for name in ("DATABASE_URL", "CELERY_BROKER_URL", "SECRET_KEY",
                                                      "FIELD_KEYS", "BLIND_INDEX_KEY", "OIDC_SIGNING_KEY")}),
      flush=True)
sys.stdin.read()
"""
OWN = ("DATABASE_URL", "CELERY_BROKER_URL", "SECRET_KEY", "FIELD_KEYS", "BLIND_INDEX_KEY", "OIDC_SIGNING_KEY")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Stage:
    """Embedded PostgreSQL and Redis in a folder that is thrown away, and the demo's processes by name.

    `env` is the environment of everything in it. Nothing of this process is touched.
    """

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="stage-")
        self.ports = {name: free_port() for name in ("web", "sandbox", "mail", "topups", "visits")}
        self.url = f"http://127.0.0.1:{self.ports['web']}"
        self.sandbox = f"http://127.0.0.1:{self.ports['sandbox']}"
        self.env = {name: value for name, value in os.environ.items() if name not in OWN} | {
            "BANYAN_VAR": self.folder.name,
            "DJANGO_SETTINGS_MODULE": "portal.settings.demo",
            "LOG_LEVEL": "WARNING",
            "BASE_URL": self.url,
            "SANDBOX_URL": self.sandbox,
            "SANDBOX_RECEIPTS_URL": f"{self.url}/api/v1/receipts/sandbox",
            "TOPUP_URL": f"http://127.0.0.1:{self.ports['topups']}",
            "VISIT_SYSTEM_URL": f"http://127.0.0.1:{self.ports['visits']}",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(self.ports["mail"]),
            "PYTHONWARNINGS": "ignore",
        }
        self.processes: dict[str, subprocess.Popen] = {}
        self.holder = subprocess.Popen(
            [sys.executable, "-c", HOLDER],
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.holder.stdout
        self.env |= json.loads(self.holder.stdout.readline())

    def manage(self, *arguments: str) -> str:
        """Runs a management command and returns what it printed."""
        return self.python("manage.py", *arguments)

    def python(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode in (0, 1), done.stderr[-3000:]
        return done.stdout

    def start(self, *names: str) -> None:
        """Starts processes of the demo by name; all of them but the welcome when none is named."""
        from portal.demo.processes import commands

        ports = {f"{name}_port": port for name, port in self.ports.items()}
        # Nobody waits for the pages to be served first.
        lines = commands(**ports, sign=Path(self.folder.name))
        for name, line in lines.items():
            if name in names or (not names and name != "welcome"):
                with self.log(name).open("ab") as log:
                    self.processes[name] = subprocess.Popen(
                        ["/bin/sh", "-c", line],
                        cwd=ROOT,
                        env=self.env,
                        stdout=log,
                        stderr=log,
                        start_new_session=True,
                    )

    def log(self, name: str) -> Path:
        """What a process has said."""
        return Path(self.folder.name) / f"{name}.log"

    def wait_until_ready(self, seconds: float = 90) -> None:
        """Until the web answers /readyz."""
        ends = time.monotonic() + seconds
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):
                    return
            except OSError:
                assert time.monotonic() < ends, self.log("web").read_text()[-3000:]
                time.sleep(0.1)

    def kill(self, name: str) -> None:
        """SIGKILL to the process and all its children, as a power cut would."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def restart_postgres(self) -> None:
        """A crash of the database server: immediate stop, recovery, start."""
        self.python("-c", "from portal import embedded; embedded.postgres().control('restart', '-m', 'immediate')")

    def flush_broker(self) -> None:
        """The broker forgets everything."""
        self.python(
            "-c",
            "import os, redis; redis.Redis(unix_socket_path=os.environ['CELERY_BROKER_URL']"
            ".removeprefix('redis+socket://')).flushall()",
        )

    def largest_worker(self, *, besides: str = "") -> tuple[str, float]:
        """The worker whose largest process has most resident memory, and how many MB."""
        sizes = {"none": 0.0}
        for name, process in self.processes.items():
            if name.startswith("worker") and name != besides:
                family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
                sizes[name] = max(each.memory_info().rss / 1e6 for each in family)
        return max(sizes.items(), key=lambda found: found[1])

    def stop(self) -> None:
        """Stops everything and removes the folder."""
        for process in self.processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)
        assert self.holder.stdin
        self.holder.stdin.close()
        self.holder.wait(30)
        self.folder.cleanup()
