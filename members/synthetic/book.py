"""Writes a whole book: agents.csv, products.csv, customers.csv, policies.csv and events.jsonl (docs/feeds.md)."""

import csv
import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import IO, Any

from members.synthetic import agents, people, policies, products
from members.synthetic.agents import Staff
from members.synthetic.dice import Dice
from members.synthetic.events import MIX, Narrator
from members.synthetic.households import Builder
from members.synthetic.people import Registry
from members.synthetic.sorted_lines import SortedLines
from members.synthetic.underwriting import Underwriter

EVENTS_PER_CUSTOMER = 2
#: Before, the products are not old enough for everything that can happen to a policy.
FIRST_DAY, LAST_DAY = date(2020, 1, 1), date(2099, 12, 31)
ENCODER = json.JSONEncoder(ensure_ascii=False)
FILES = ("agents.csv", "products.csv", "customers.csv", "policies.csv", "events.jsonl")


@dataclass(slots=True)
class Written:
    """Rows (events: lines) by file name."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FILES, 0))


def write_book(
    *,
    folder: Path,
    customers: int,
    seed: int,
    today: date,
    events: int | None = None,
    on_progress: Callable[[int], None] = lambda done: None,
) -> Written:
    """The book as of the morning of `today`; the same arguments give the same bytes.

    `customers` of all kinds (at least 1), `events` at least one of each of the 152 types (default: two a customer).
    `on_progress` is told how many customers there are so far. The files appear under their names when all are whole.
    Raises ValueError for numbers that are too small and for a day too far away, OSError.
    """
    total = max(EVENTS_PER_CUSTOMER * customers, len(MIX)) if events is None else events
    if customers < 1 or total < len(MIX):
        raise ValueError(f"at least 1 customer and {len(MIX)} events are needed")
    if not FIRST_DAY <= today <= LAST_DAY:
        raise ValueError(f"the book's day must lie between {FIRST_DAY} and {LAST_DAY}")
    folder.mkdir(parents=True, exist_ok=True)
    written = Written()
    parts = {name: folder / f"{name}.part" for name in FILES}
    try:
        with ExitStack() as stack:
            files = {name: stack.enter_context(_open(part)) for name, part in parts.items()}
            _fill(files, written, customers, seed, today, total, on_progress)
        for name, part in parts.items():
            part.replace(folder / name)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
    return written


def _open(path: Path) -> IO[str]:
    return path.open("w", encoding="utf-8", newline="")


def _fill(
    files: dict[str, IO[str]],
    written: Written,
    customers: int,
    seed: int,
    today: date,
    total: int,
    on_progress: Callable[[int], None],
) -> None:
    rng = Dice(seed)
    staff = Staff(rng, customers)
    sheets = {}
    for module, name in ((agents, "agents"), (products, "products"), (people, "customers"), (policies, "policies")):
        sheets[name] = csv.writer(files[f"{name}.csv"], lineterminator="\n")
        sheets[name].writerow(module.COLUMNS)
    sheets["agents"].writerows(agents.row(agent) for agent in staff.agents)
    sheets["products"].writerows(products.row(product) for product in products.PRODUCTS)
    written.counts["agents.csv"], written.counts["products.csv"] = len(staff.agents), len(products.PRODUCTS)

    registry = Registry(rng, today)
    builder, underwriter, narrator = Builder(registry), Underwriter(rng, today, staff), Narrator(rng, today, total)
    lines = SortedLines()
    while registry.count < customers:
        home = builder.build(customers - registry.count)
        contracts = [policy for policy in map(underwriter.write, home.placements) if policy]
        sheets["customers"].writerows(people.row(person) for person in home.customers)
        sheets["policies"].writerows(policies.row(policy) for policy in contracts)
        for event in narrator.tell(home, contracts, total * registry.count // customers):
            _add(lines, event)
        on_progress(registry.count)
    for event in narrator.rest():
        _add(lines, event)
    files["events.jsonl"].writelines(lines)
    written.counts |= {
        "customers.csv": registry.count,
        "policies.csv": underwriter.count,
        "events.jsonl": narrator.told,
    }


def _add(lines: SortedLines, event: dict[str, Any]) -> None:
    lines.add(f"{event['time']} {event['id']}", ENCODER.encode(event))
