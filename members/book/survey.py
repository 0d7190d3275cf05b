"""The first reading of a file: which rows are good, and which of them wins where a key comes twice.

Keeps a key, a time and a line number for each row, not the row: some 20 MB for 100,000 customers.
"""

from collections import defaultdict
from collections.abc import Hashable
from datetime import UTC, datetime

from members.book.sheet import Row, Sheet

ALWAYS = datetime.min.replace(tzinfo=UTC)
Rank = tuple[datetime, int]


class Survey:
    """Add rows whose faults and references into other tables are known, then `settle`, then ask."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.checksum = 0  # of the file, once it has been read
        self.best: dict[Hashable, Rank] = {}
        # Rows that are good only if a row of the same file is: key → (rank, the key it needs)
        self.pending: dict[Hashable, list[tuple[Rank, str]]] = defaultdict(list)

    def add(self, row: Row, *, needs: str | None = None) -> None:
        """A row without faults. `needs`: a key that must come from this very file."""
        key = self.sheet.key_of(row.values)
        if needs is None:
            self.keep(key, rank_of(row))
        else:
            self.pending[key].append((rank_of(row), needs))

    def keep(self, key: Hashable, rank: Rank) -> None:
        # The newest wins; among equals the last one.
        if key not in self.best or self.best[key] < rank:
            self.best[key] = rank

    def settle(self) -> None:
        """Drops the rows whose need nobody meets, and those who needed them; the rest is good, circles included."""
        waiting_for: dict[Hashable, list[Hashable]] = defaultdict(list)
        for key, candidates in self.pending.items():
            for _rank, needs in candidates:
                waiting_for[needs].append(key)
        missing = [key for key in waiting_for if key not in self.best and key not in self.pending]
        while missing:
            gone = missing.pop()
            for key in waiting_for[gone]:
                left = [candidate for candidate in self.pending.get(key, []) if candidate[1] != gone]
                if key in self.pending and not left:
                    del self.pending[key]
                    if key not in self.best:
                        missing.append(key)
                elif left:
                    self.pending[key] = left
        for key, candidates in self.pending.items():
            for rank, _needs in candidates:
                self.keep(key, rank)
        self.pending.clear()

    def brings(self, key: str) -> bool:
        """Some good row of this file has the key."""
        return key in self.best

    def wins(self, row: Row) -> bool:
        """Of a row that is good in the second reading.

        What a row refers to may have come since the first reading, by another import: such a row wins where no other
        has the key.
        """
        rank = rank_of(row)
        return self.best.setdefault(self.sheet.key_of(row.values), rank) == rank


def rank_of(row: Row) -> Rank:
    return row.values.get("updated_at", ALWAYS), row.line
