"""Records of a CSV file as it lies on disk, however broken, in bounded memory.

RFC 4180 by the csv module in its strict mode. What it can't do, this does: it knows the physical line where a record
starts, survives bytes that aren't UTF-8, and after a stray quote goes on with the next line, so that one wrong
character spoils one row and not the rest of the file.
"""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO
from zlib import crc32

#: A physical line or a record longer than this is a fault; the longest valid record has less than 20,000 characters.
RECORD_LIMIT = 1_048_576
#: A quoted field over more lines is a fault: what lies behind a stray quote is read again, once for each stray quote.
RECORD_LINES = 500
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Record:
    """`line`: physical line where it starts, from 1. `well_formed`: its quoting is right and it has a sane length."""

    line: int
    cells: list[str]
    well_formed: bool = True


class Lines:
    """Physical lines, decoded. Bytes that aren't UTF-8 become lone surrogates (PEP 383). Can take lines back."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.position = 0  # bytes read
        self.checksum = 0  # of these bytes
        self.line = 0  # lines handed out
        self.taken: list[str] = []  # the lines of the current record
        self.taken_length = 0
        self.returned: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.taken_length > RECORD_LIMIT or len(self.taken) == RECORD_LINES:
            raise csv.Error("the record is too long")
        text = self.returned.popleft() if self.returned else self.read()
        self.line += 1
        self.taken.append(text)
        self.taken_length += len(text)
        return text

    def read(self) -> str:
        first = self.position == 0
        raw = chunk = self.read_chunk()
        if not raw:
            raise StopIteration
        cut = False
        while len(chunk) == RECORD_LIMIT and not chunk.endswith(b"\n"):
            chunk = self.read_chunk()  # an endless line: its rest is passed over
            cut = cut or bool(chunk)
        if first:
            raw = raw.removeprefix(BOM)
        # A line that was cut must never be taken as good, so it gets a fault that is found.
        return (raw + b"\0\n" if cut else raw).decode("utf-8", "surrogateescape")

    def read_chunk(self) -> bytes:
        chunk = self.file.readline(RECORD_LIMIT)
        self.position += len(chunk)
        self.checksum = crc32(chunk, self.checksum)
        return chunk

    def forget(self) -> None:
        """The current record is done."""
        self.taken.clear()
        self.taken_length = 0

    def take_back_all_but_first(self) -> str:
        first, *others = self.taken
        self.returned.extendleft(reversed(others))
        self.line -= len(others)
        self.forget()
        return first


class Records:
    """Iterates over the records of a binary file; blank lines are passed over.

    `position`: bytes read so far; `checksum`: theirs.
    """

    def __init__(self, file: BinaryIO) -> None:
        csv.field_size_limit(max(csv.field_size_limit(), 2 * RECORD_LIMIT))
        self.lines = Lines(file)
        self.reader = csv.reader(self.lines, strict=True)

    @property
    def position(self) -> int:
        return self.lines.position

    @property
    def checksum(self) -> int:
        return self.lines.checksum

    def __iter__(self) -> Iterator[Record]:
        while True:
            line = self.lines.line + 1
            try:
                cells = next(self.reader)
            except StopIteration:
                return
            except csv.Error:
                first = self.lines.take_back_all_but_first()
                yield Record(line, cells_of_malformed(first), well_formed=False)
                continue
            self.lines.forget()
            if cells:
                yield Record(line, cells)


def cells_of_malformed(line: str) -> list[str]:
    """What can be made of a line whose quoting is wrong; quotes are kept, so that a person sees the fault."""
    return next(csv.reader([line.rstrip("\r\n").replace("\r", " ")], quoting=csv.QUOTE_NONE), [])
