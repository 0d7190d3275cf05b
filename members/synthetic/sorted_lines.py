"""Lines written in order of a key in bounded memory, however many come, and in whatever order."""

import heapq
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO

#: Lines held in memory at a time, some 20 MB.
RUN = 40_000


class SortedLines:
    """`add` in any order, then iterate once. Keys hold no tab."""

    def __init__(self) -> None:
        self._held: list[str] = []
        self._runs: list[IO[str]] = []

    def add(self, key: str, line: str) -> None:
        self._held.append(f"{key}\t{line}\n")
        if len(self._held) >= RUN:
            self._spill()

    def _spill(self) -> None:
        run = TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115 - closed with the iteration
        run.writelines(sorted(self._held))
        run.seek(0)
        self._runs.append(run)
        self._held.clear()

    def __iter__(self) -> Iterator[str]:
        for line in heapq.merge(*self._runs, sorted(self._held)):
            yield line.partition("\t")[2]
        for run in self._runs:
            run.close()
