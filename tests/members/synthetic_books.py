"""Books that `write_book` makes, read back as text: for the tests of what stands in them."""

import csv
import json
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from members.synthetic.book import write_book

TODAY = date(2026, 11, 23)


class WrittenBook:
    """The files' rows, as text, and the events. Everything is checked from here, nothing from the generator."""

    def __init__(self, folder: Path) -> None:
        self.agents, self.products, self.customers, self.policies = (
            read(folder / f"{name}.csv") for name in ("agents", "products", "customers", "policies")
        )
        lines = (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
        self.events: list[dict[str, Any]] = [json.loads(line) for line in lines]
        self.customer = {row["customer_no"]: row for row in self.customers}
        self.product = {row["product_code"]: row for row in self.products}
        self.policy = {row["policy_no"]: row for row in self.policies}

    def insureds(self, policy: dict[str, str]) -> list[tuple[str, str]]:
        return [tuple(part.split(":")) for part in policy["insureds"].split("|")]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


@cache
def written_book(customers: int = 300, seed: int = 1, today: date = TODAY) -> WrittenBook:
    """Written once in a test run."""
    with TemporaryDirectory() as folder:
        write_book(folder=Path(folder), customers=customers, seed=seed, today=today)
        return WrittenBook(Path(folder))


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
