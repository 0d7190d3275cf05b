"""What goes into an import and what comes out of it, whether from a folder or from an upload."""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from members.book.faults import Fault

OUTCOMES = ("created", "updated", "unchanged", "stale", "superseded", "rejected")


@dataclass(frozen=True)
class BookFile:
    """A file of a delivery. It is opened twice; `create_rejects` is called at the first row that is rejected."""

    name: str
    size_bytes: int
    open: Callable[[], BinaryIO]
    create_rejects: Callable[[], BinaryIO]


@dataclass(frozen=True)
class Outcome:
    """How many rows of a batch were created, updated, unchanged or stale, and the keys of those that were written.

    `refused`: line → what is wrong with a row that only what is stored could tell.
    """

    counts: Counter[str]
    written: frozenset[Hashable]
    refused: Mapping[int, list[Fault]] = field(default_factory=dict)


@dataclass
class FileResult:
    """`counts` by outcome; `refused`: why the file was refused, in the active language, or empty."""

    name: str
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    ignored_columns: tuple[str, ...] = ()
    refused: str = ""

    @property
    def read(self) -> int:
        return sum(self.counts.values())

    def __str__(self) -> str:
        """The line of docs/feeds.md: `customers.csv read=… created=… …`."""
        return " ".join([self.name, f"read={self.read}", *(f"{name}={self.counts[name]}" for name in OUTCOMES)])
