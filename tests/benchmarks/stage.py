"""The demo's processes around an empty installation of their own, for benchmarks and fault tests."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from portal import embedded

ADDRESSES = ("DATABASE_URL", "CELERY_BROKER_URL")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Stage:
    """Embedded PostgreSQL and Redis in a folder that is thrown away, and the demo's processes by name.

    Sets up Django in this process, too, so it must be made before anything of Django is imported.
    """

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="banyan-stage-")
        for name in ADDRESSES:
            os.environ.pop(name, None)
        self.ports = {name: free_port() for name in ("web", "sandbox", "mail")}
        self.url = f"http://127.0.0.1:{self.ports['web']}"
        os.environ |= {
            "BANYAN_VAR": self.folder.name,
            "DJANGO_SETTINGS_MODULE": "portal.settings.demo",
            "LOG_LEVEL": "WARNING",
            "BASE_URL": self.url,
            "SANDBOX_URL": f"http://127.0.0.1:{self.ports['sandbox']}",
            "SANDBOX_RECEIPTS_URL": f"{self.url}/api/v1/receipts/sandbox",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(self.ports["mail"]),
        }
        embedded.start_missing()
        import django

        django.setup()
        self.processes: dict[str, subprocess.Popen] = {}

    def start(self, *names: str) -> None:
        """Starts processes of the demo by name; all of them when none is named, but for the welcome."""
        from portal.demo.processes import commands

        lines = commands(
            web_port=self.ports["web"], sandbox_port=self.ports["sandbox"], mail_port=self.ports["mail"]
        )
        for name, line in lines.items():
            if name in names or (not names and name != "welcome"):
                log = (Path(self.folder.name) / f"{name}.log").open("ab")
                self.processes[name] = subprocess.Popen(
                    line, shell=True, cwd=embedded.ROOT, stdout=log, stderr=log, start_new_session=True
                )

    def wait_until_ready(self, seconds: float = 60) -> None:
        """Until the web answers /readyz."""
        ends = time.monotonic() + seconds
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):
                    return
            except OSError:
                if time.monotonic() > ends:
                    raise
                time.sleep(0.1)

    def largest_worker_mb(self) -> float:
        """Resident memory of the largest process of any worker, in MB."""
        sizes = [0.0]
        for name, process in self.processes.items():
            if name.startswith("worker"):
                for each in [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]:
                    sizes.append(each.memory_info().rss / 1e6)
        return max(sizes)

    def stop(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
        embedded.redis().stop()
        embedded.postgres().stop()
        self.folder.cleanup()


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
