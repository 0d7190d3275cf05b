"""What the sandbox provider has accepted, in one SQLite file that survives restarts. Standard library only."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notifications.sandbox.dials import Dials

#: How many messages (and receipts that wait for the web) are kept; the oldest go first.
KEEP = 200_000
#: Pruning happens once in so many new messages.
PRUNE_EVERY = 5_000

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY, service TEXT NOT NULL, key TEXT NOT NULL, recipient TEXT NOT NULL,
    title TEXT NOT NULL, text TEXT NOT NULL, reference TEXT NOT NULL, code TEXT NOT NULL, received_at REAL NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS message_key ON message (service, key);
CREATE INDEX IF NOT EXISTS message_recipient ON message (service, recipient, id);
CREATE TABLE IF NOT EXISTS receipt (
    id INTEGER PRIMARY KEY, service TEXT NOT NULL, key TEXT NOT NULL, status TEXT NOT NULL, detail TEXT NOT NULL,
    at REAL NOT NULL, due_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS receipt_due ON receipt (service, due_at);
CREATE TABLE IF NOT EXISTS dials (service TEXT PRIMARY KEY, settings TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Kept:
    """A message as answered: accepted under `reference`, or refused for good with `code` (then never shown)."""

    id: int
    key: str
    recipient: str
    title: str
    text: str
    reference: str
    code: str
    received_at: float


@dataclass(frozen=True)
class DueReceipt:
    """A receipt to be posted once `due_at` (seconds since 1970) has come; `at` is when it says it happened."""

    key: str
    status: str
    detail: str
    at: float
    due_at: float
    id: int = 0


class Store:
    """One connection behind one lock: SQLite has one writer anyway, and a batch holds it a few milliseconds."""

    def __init__(self, folder: Path, keep: int = KEEP) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = folder / "provider.sqlite3"
        file.touch(mode=0o600)
        self.lock = threading.RLock()
        self.keep = keep
        self.db = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        # NORMAL in WAL: what was answered survives the process's death, which is what restarts are about.
        self.db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8000;" + SCHEMA)
        self.newest = self.db.execute("SELECT coalesce(max(id), 0) FROM message").fetchone()[0]
        self.pruned_at = self.newest

    def answers(self, service: str, keys: Sequence[str]) -> dict[str, Kept]:
        """What was answered for those of these keys that are known."""
        marks = ",".join("?" * len(keys))
        sql = f"SELECT {COLUMNS} FROM message WHERE service = ? AND key IN ({marks})"  # noqa: S608
        with self.lock:
            return {row[1]: Kept(*row) for row in self.db.execute(sql, (service, *keys))}

    def received(self, service: str, recipient: str, before: int | None, limit: int) -> list[Kept]:
        """What this phone got, newest first, older than the message with the id `before`."""
        sql = (
            f"SELECT {COLUMNS} FROM message WHERE service = ? AND recipient = ? AND code = '' AND id < ? "  # noqa: S608
            "ORDER BY id DESC LIMIT ?"
        )
        with self.lock:
            rows = self.db.execute(sql, (service, recipient, before or self.newest + 1, limit)).fetchall()
        return [Kept(*row) for row in rows]

    def add(self, service: str, messages: Iterable[Kept], receipts: Iterable[DueReceipt]) -> None:
        """Keeps answers and the receipts that will follow them, in one transaction. The caller holds the lock."""
        rows = [
            (m.id, service, m.key, m.recipient, m.title, m.text, m.reference, m.code, m.received_at) for m in messages
        ]
        self.db.execute("BEGIN IMMEDIATE")
        self.db.executemany("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self.db.executemany(
            "INSERT INTO receipt (service, key, status, detail, at, due_at) VALUES (?, ?, ?, ?, ?, ?)",
            [(service, r.key, r.status, r.detail, r.at, r.due_at) for r in receipts],
        )
        self.newest = rows[-1][0] if rows else self.newest
        if self.newest - self.pruned_at >= PRUNE_EVERY:
            self.db.execute("DELETE FROM message WHERE id <= ?", (self.newest - self.keep,))
            self.db.execute("DELETE FROM receipt WHERE id <= (SELECT max(id) FROM receipt) - ?", (self.keep,))
            self.pruned_at = self.newest
        self.db.execute("COMMIT")

    def due_receipts(self, service: str, now: float, limit: int) -> list[DueReceipt]:
        sql = (
            "SELECT key, status, detail, at, due_at, id FROM receipt WHERE service = ? AND due_at <= ? "
            "ORDER BY due_at LIMIT ?"
        )
        with self.lock:
            return [DueReceipt(*row) for row in self.db.execute(sql, (service, now, limit))]

    def next_due(self, service: str) -> float | None:
        with self.lock:
            return self.db.execute("SELECT min(due_at) FROM receipt WHERE service = ?", (service,)).fetchone()[0]

    def forget_receipts(self, ids: Iterable[int]) -> None:
        with self.lock:
            self.db.execute("BEGIN IMMEDIATE")
            self.db.executemany("DELETE FROM receipt WHERE id = ?", [(id,) for id in ids])
            self.db.execute("COMMIT")

    def dials(self, service: str) -> Dials:
        with self.lock:
            row = self.db.execute("SELECT settings FROM dials WHERE service = ?", (service,)).fetchone()
        return Dials().turned(json.loads(row[0])) if row else Dials()

    def set_dials(self, service: str, dials: Dials) -> None:
        with self.lock:
            self.db.execute("INSERT OR REPLACE INTO dials VALUES (?, ?)", (service, json.dumps(dials.as_json())))

    def totals(self, service: str) -> dict[str, Any]:
        sql = "SELECT count(*) FILTER (WHERE code = ''), count(*) FILTER (WHERE code <> '') FROM message"
        sql += " WHERE service = ?"
        with self.lock:
            accepted, rejected = self.db.execute(sql, (service,)).fetchone()
            waiting = self.db.execute("SELECT count(*) FROM receipt WHERE service = ?", (service,)).fetchone()[0]
        return {"accepted": accepted, "rejected": rejected, "receipts_waiting": waiting}


COLUMNS = "id, key, recipient, title, text, reference, code, received_at"
