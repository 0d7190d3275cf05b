"""The rejects file: the rows as they came, with line, column and reason, to be mended and fed again."""

import csv
import io
from typing import BinaryIO

from members.book.faults import Fault
from members.book.sheet import REJECT_COLUMNS, REPLACEMENT


class RejectsWriter:
    """Writes to a binary file (UTF-8, RFC 4180), beginning with the header."""

    def __init__(self, file: BinaryIO, header: list[str]) -> None:
        self.text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        self.writer = csv.writer(self.text)
        self.kept = [place for place, name in enumerate(header) if name not in REJECT_COLUMNS]
        self.writer.writerow([readable(header[place]) for place in self.kept] + list(REJECT_COLUMNS))

    def write(self, line: int, cells: list[str], faults: list[Fault]) -> None:
        """The messages are written in the active language."""
        original = [readable(cells[place]) if place < len(cells) else "" for place in self.kept]
        columns = "|".join(fault.column for fault in faults)
        errors = "|".join(str(fault.message).replace("|", "/") for fault in faults)
        self.writer.writerow([*original, line, columns, errors])


def readable(cell: str) -> str:
    """Bytes that aren't UTF-8, and NUL, as U+FFFD."""
    return cell.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", REPLACEMENT)
