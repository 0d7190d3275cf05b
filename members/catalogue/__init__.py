"""The domain catalogue: the insurer's default configuration, as CSV files (README.md here says how to read them).

`event_specs()` is the contract of the event intake: what types there are and which variables each declares.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dateutil.relativedelta import relativedelta

FOLDER = Path(__file__).parent

DURATION = re.compile(
    r"^(?P<sign>-)?P(?=\d|T\d)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?$"
)


@dataclass(frozen=True)
class EventSpec:
    """A row of events.csv, or of platform_events.csv (`platform` true)."""

    code: str
    area: str
    name_zh: str
    name_en: str
    variables: dict[str, str]
    platform: bool = False
    external: bool = True
    notify: bool = True
    trigger: str = ""
    recipients: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    mandatory: bool = False
    priority: str = "normal"
    quiet_hours: str = "respect"
    letter_required: bool = False
    deadline: str = "P1D"
    day_count: str = "calendar"
    basis: str = ""
    sample_zh_sms: str = ""
    sample_en_sms: str = ""
    schedule_anchor: str = ""
    schedule_offset: str = ""


@dataclass(frozen=True)
class VariableSpec:
    """A row of variables.csv: the type of a template variable and an example of it."""

    name: str
    type: str
    example: str


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a catalogue file, e.g. `rows("rewards")`."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def split(cell: str) -> tuple[str, ...]:
    """The values of a cell: `a|b` is ("a", "b"), an empty cell ()."""
    return tuple(part for part in cell.split("|") if part)


def declared(cell: str) -> dict[str, str]:
    """Variables and their types from `policy_no:str|premium:money`."""
    return dict(part.split(":") for part in split(cell))


def duration(text: str) -> relativedelta:
    """An ISO-8601 duration such as `P5D`, `PT4H` or `-P30D`. Raises ValueError."""
    match = DURATION.match(text)
    if not match:
        raise ValueError(f"{text!r} is not an ISO-8601 duration")
    parts = {name: int(value) for name, value in match.groupdict().items() if name != "sign" and value}
    return -relativedelta(**parts) if match["sign"] else relativedelta(**parts)


@cache
def event_specs() -> dict[str, EventSpec]:
    """All 152 policy events and 42 platform events by code."""
    specs = {}
    for row in rows("events"):
        specs[row["code"]] = EventSpec(
            code=row["code"],
            area=row["area"],
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            variables=declared(row["variables"]),
            trigger=row["trigger"],
            recipients=split(row["recipients"]),
            channels=split(row["channels"]),
            mandatory=row["mandatory"] == "yes",
            priority=row["priority"],
            quiet_hours=row["quiet_hours"],
            letter_required=row["letter_required"] == "yes",
            deadline=row["deadline"],
            day_count=row["day_count"],
            basis=row["basis"],
            sample_zh_sms=row["sample_zh_sms"],
            sample_en_sms=row["sample_en_sms"],
            schedule_anchor=row["schedule_anchor"],
            schedule_offset=row["schedule_offset"],
        )
    for row in rows("platform_events"):
        specs[row["code"]] = EventSpec(
            code=row["code"],
            area=row["code"].split(".")[0],
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            variables=declared(row["variables"]),
            platform=True,
            external=row["external"] == "yes",
            notify=row["notify"] == "yes",
        )
    return specs


@cache
def variable_specs() -> dict[str, VariableSpec]:
    """The variables that templates may name."""
    return {row["name"]: VariableSpec(row["name"], row["type"], row["example_zh"]) for row in rows("variables")}
