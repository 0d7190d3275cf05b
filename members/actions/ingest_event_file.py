"""A file of JSON lines: each line read, taken in with its neighbours, and answered for."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from members.actions.accept_events import EventResult, EventStatus, accept_events
from members.intake.faults import Fault, FaultCode
from members.intake.reading import Sent, Unreadable, read_event

BATCH = 500
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Line:
    """`number` counts from 1, blank lines too; `end` is the place in the file after it; unreadable: no event."""

    number: int
    end: int
    raw: bytes
    event: Sent | None


@dataclass(frozen=True)
class Answer:
    line: Line
    result: EventResult


def ingest_event_file(*, lines: Iterable[bytes]) -> Iterator[Answer]:
    """An answer for each line that is not blank, in order. BATCH lines a transaction: memory stays small."""
    read = read_lines(lines)
    while batch := list(islice(read, BATCH)):
        results = iter(accept_events(raw=[line.event for line in batch if line.event]))
        for line in batch:
            yield Answer(line, next(results) if line.event else unreadable())


def unreadable() -> EventResult:
    return EventResult(None, None, EventStatus.REJECTED, Fault(FaultCode.UNREADABLE))


def read_lines(lines: Iterable[bytes]) -> Iterator[Line]:
    end = 0
    for number, raw in enumerate(lines, 1):
        end += len(raw)
        text = raw.removeprefix(BYTE_ORDER_MARK) if number == 1 else raw
        text = text.rstrip(b"\r\n")
        if not text.strip():
            continue
        try:
            event = read_event(text)
        except Unreadable:
            event = None
        yield Line(number, end, text, event)


class Rejects:
    """`FILE.jsonl.rejects.jsonl`, made when the first line goes there; what an earlier run left is removed."""

    def __init__(self, file: Path) -> None:
        self.path = file.with_name(f"{file.name}.rejects.jsonl")
        self.out: IO[str] | None = None

    def __enter__(self) -> "Rejects":
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self.out:
            self.out.close()

    def add(self, answer: Answer) -> None:
        """Writes down an event that was rejected or in conflict, as it was sent."""
        if answer.result.fault is None:
            return
        if self.out is None:
            # Full of personal data, like the file that it comes from: for its owner only.
            self.out = os.fdopen(
                os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
            )
        line = answer.line
        entry: dict[str, Any] = {
            "line": line.number,
            "status": answer.result.status.value,
            "error": answer.result.fault.as_json(),
            "event": line.event.value if line.event else line.raw.decode(errors="replace"),
        }
        # ASCII: half characters can be written down only so.
        self.out.write(json.dumps(entry) + "\n")
