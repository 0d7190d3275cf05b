"""A server that several processes share: whoever comes first starts it, whoever leaves last stops it."""

import atexit
import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO


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
        """Returns when the server answers; it is given up at the end of this process."""
        self._file = self.lock.open("a")
        self._owner = os.getpid()
        atexit.register(self.leave)
        while True:
            fcntl.flock(self._file, fcntl.LOCK_SH)
            if self.answers():
                return
            # Changing to an exclusive lock lets go of the shared one first, so two starters can't block each other;
            # for the same reason whatever was true before must be asked again.
            fcntl.flock(self._file, fcntl.LOCK_EX)
            if not self.answers():
                self.start()

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
