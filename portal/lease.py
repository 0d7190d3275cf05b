"""A server that several processes share: whoever comes first starts it, whoever leaves last stops it."""

import atexit
import fcntl
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

#: So long may somebody else take to start it: as PostgreSQL is given to play back its log, and a little more.
PATIENCE_S = 150


@dataclass
class Lease:
    """Every user holds a shared lock on `lock`; starting and stopping need it for themselves alone.

    The kernel lets go of the lock of a process that dies, so neither a crash nor a recycled process number leaves a
    server running for nobody, or stops one under somebody's hands.
    """

    lock: Path
    answers: Callable[[], bool]
    start: Callable[[], None]
    stop: Callable[[], None]
    _file: IO[str] | None = field(default=None, init=False)
    _owner: int = field(default=0, init=False)

    def join(self) -> None:
        """Returns when the server answers; it is given up at the end of this process.

        Raises TimeoutError where others use a server that no longer answers.
        """
        self._file = self.lock.open("a")
        self._owner = os.getpid()
        atexit.register(self.leave)
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            fcntl.flock(self._file, fcntl.LOCK_SH)  # waits for whoever is starting it
            if self.answers():
                return
            try:
                # Never waits here: who has started it goes straight back to a shared lock, and would be waited for
                # until they leave. What was true before must be asked again, as the shared lock is let go of first.
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(random.uniform(0.01, 0.05))  # noqa: S311  # so that two don't get in each other's way again
            else:
                if not self.answers():
                    self.start()
        self.leave()
        raise TimeoutError(f"Others use the server of {self.lock.parent}, and it does not answer. Stop them first.")

    def leave(self) -> None:
        """Stops the server unless somebody else uses it. Does nothing in a forked child."""
        if self._file is None or self._owner != os.getpid():
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            if self.answers():
                self.stop()
        self._file.close()
        self._file = None
