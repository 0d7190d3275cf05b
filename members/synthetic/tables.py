"""The lists that people, places and products are drawn from: CSV files beside this module."""

import csv
from bisect import bisect
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Generic, TypeVar

FOLDER = Path(__file__).parent

T = TypeVar("T")


class Weighted(Generic[T]):
    """Things to draw from, each with its weight."""

    def __init__(self, pairs: Iterable[tuple[T, float]]) -> None:
        self.items: list[T] = []
        weights: list[float] = []
        for item, weight in pairs:
            self.items.append(item)
            weights.append(weight)
        self.cumulative = list(accumulate(weights))

    def draw(self, rng: Random) -> T:
        return self.items[bisect(self.cumulative, rng.random() * self.cumulative[-1])]


def rows(name: str) -> list[dict[str, str]]:
    """The rows of `<name>.csv` in this folder."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
