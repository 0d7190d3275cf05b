"""The bookings that the sandbox was told of, in one SQLite file that survives restarts. Standard library only."""

import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: How many are kept; the oldest go first.
KEEP = 50_000

SCHEMA = """
CREATE TABLE IF NOT EXISTS booking (
    number INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, state TEXT NOT NULL,
    site TEXT NOT NULL, starts_at TEXT NOT NULL, outcome TEXT NOT NULL, done_at REAL NOT NULL
);
"""
COLUMNS = "number, reference, version, state, site, starts_at, outcome, done_at"


@dataclass(frozen=True)
class Kept:
    """`outcome`, taken or refused, holds from `done_at` (seconds since 1970) on; until then it is pending."""

    number: int
    reference: str
    version: int
    state: str
    site: str
    starts_at: str
    outcome: str
    done_at: float

    def as_json(self) -> dict[str, Any]:
        done = time.time() >= self.done_at
        code = "no_room" if done and self.outcome == "refused" else ""
        return {"status": self.outcome if done else "pending", "reference": f"V{self.number:08d}", "code": code}


class Store:
    """One connection behind one lock: SQLite has one writer anyway."""

    def __init__(self, folder: Path, keep: int = KEEP) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = folder / "visits.sqlite3"
        file.touch(mode=0o600)
        self.lock = threading.RLock()
        self.keep = keep
        self.db = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        # What was answered survives the process's death, which is what restarts are about.
        self.db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + SCHEMA)

    def of(self, reference: str) -> Kept | None:
        with self.lock:
            row = self.db.execute(f"SELECT {COLUMNS} FROM booking WHERE reference = ?", (reference,)).fetchone()  # noqa: S608
        return Kept(*row) if row else None

    def take(self, reference: str, told: dict[str, Any], *, outcome: str, late_s: float) -> Kept:
        """Keeps a newer version; one that is known, or older, changes nothing."""
        with self.lock:
            self.db.execute(
                "INSERT INTO booking (reference, version, state, site, starts_at, outcome, done_at) "
                "VALUES (:reference, :version, :state, :site, :starts_at, :outcome, :done_at) "
                "ON CONFLICT (reference) DO UPDATE SET version = excluded.version, state = excluded.state, "
                "site = excluded.site, starts_at = excluded.starts_at, outcome = excluded.outcome, "
                "done_at = excluded.done_at WHERE excluded.version > booking.version",
                {
                    "reference": reference,
                    "version": told["version"],
                    "state": told["state"],
                    "site": told.get("site", ""),
                    "starts_at": told.get("starts_at", ""),
                    "outcome": outcome,
                    "done_at": time.time() + late_s,
                },
            )
            self.db.execute("DELETE FROM booking WHERE number <= (SELECT max(number) FROM booking) - ?", (self.keep,))
            kept = self.of(reference)
        assert kept
        return kept
