"""What the sandbox was ordered, in one SQLite file that survives restarts. Standard library only."""

import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: How many orders are kept; the oldest go first.
KEEP = 50_000

SCHEMA = """
CREATE TABLE IF NOT EXISTS topup (
    number INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, provider TEXT NOT NULL, mobile TEXT NOT NULL,
    product TEXT NOT NULL, outcome TEXT NOT NULL, code TEXT NOT NULL, received_at REAL NOT NULL, done_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS topup_mobile ON topup (mobile, number);
"""
COLUMNS = "number, reference, provider, mobile, product, outcome, code, received_at, done_at"


@dataclass(frozen=True)
class TopUp:
    """`outcome`, delivered or refused, holds from `done_at` (seconds since 1970) on; until then it is pending."""

    number: int
    reference: str
    provider: str
    mobile: str
    product: str
    outcome: str
    code: str
    received_at: float
    done_at: float

    def as_json(self) -> dict[str, Any]:
        done = time.time() >= self.done_at
        status, code = (self.outcome, self.code) if done else ("pending", "")
        return {"status": status, "reference": f"T{self.number:08d}", "code": code}


class Store:
    """One connection behind one lock: SQLite has one writer anyway."""

    def __init__(self, folder: Path, keep: int = KEEP) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = folder / "topups.sqlite3"
        file.touch(mode=0o600)
        self.lock = threading.RLock()
        self.keep = keep
        self.db = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        # What was answered survives the process's death, which is what restarts are about.
        self.db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + SCHEMA)

    def of(self, reference: str) -> TopUp | None:
        with self.lock:
            row = self.db.execute(f"SELECT {COLUMNS} FROM topup WHERE reference = ?", (reference,)).fetchone()  # noqa: S608
        return TopUp(*row) if row else None

    def take(self, order: dict[str, str], *, outcome: str, code: str, late_s: float) -> TopUp:
        """Keeps a new order; one whose reference is known stays as it was."""
        now = time.time()
        with self.lock:
            self.db.execute(
                "INSERT INTO topup (reference, provider, mobile, product, outcome, code, received_at, done_at) "
                "VALUES (:reference, :provider, :mobile, :product, :outcome, :code, :now, :done_at) "
                "ON CONFLICT DO NOTHING",
                {**order, "outcome": outcome, "code": code, "now": now, "done_at": now + late_s},
            )
            self.db.execute("DELETE FROM topup WHERE number <= (SELECT max(number) FROM topup) - ?", (self.keep,))
            kept = self.of(order["reference"])
        assert kept
        return kept

    def of_mobile(self, mobile: str) -> list[TopUp]:
        """The orders for a phone, newest first."""
        with self.lock:
            rows = self.db.execute(
                f"SELECT {COLUMNS} FROM topup WHERE mobile = ? ORDER BY number DESC LIMIT 200",  # noqa: S608
                (mobile,),
            )
            return [TopUp(*row) for row in rows]
