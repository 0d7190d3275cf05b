"""What each package keeps about a member: how it is copied out, and how it is erased as far as the law allows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Model
from django.utils import timezone

from members.models import Member


@dataclass(frozen=True)
class Section:
    """A part of the copy. `labels`: field → its name in the reader's language; `rows`: field → value for JSON."""

    title: str
    labels: dict[str, str]
    rows: list[dict[str, Any]]

    @classmethod
    def of(cls, title: str, objects: Iterable[Model], fields: Sequence[str]) -> "Section":
        """Named and worded as the models do it; times in Shanghai's. Of `entitlement__service` the service is told."""
        known = list(objects)
        names = {path.rpartition("__")[2]: path for path in fields}
        labels = {name: label_of(known[0], path) for name, path in names.items()} if known else {}
        return cls(title, labels, [{name: shown(thing, path) for name, path in names.items()} for thing in known])

    def readable(self) -> list[list[tuple[str, Any]]]:
        """Each row as (label, value) pairs."""
        return [[(self.labels[name], value) for name, value in row.items()] for row in self.rows]


def label_of(thing: Model, path: str) -> str:
    *way, name = path.split("__")
    model: Any = thing
    for step in way:
        model = model._meta.get_field(step).related_model
    return str(model._meta.get_field(name).verbose_name)


def shown(thing: Model | None, path: str) -> Any:
    *way, field = path.split("__")
    for step in way:
        thing = thing and getattr(thing, step)
    if thing is None:
        return None
    display = getattr(thing, f"get_{field}_display", None)
    value = display() if display else getattr(thing, field)
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(sep=" ", timespec="seconds")
    return value if isinstance(value, int | bool | None) else str(value)


@dataclass(frozen=True)
class Kept:
    """What may not be erased yet, and why; `until` None where that day can't be known yet, as a contract goes on."""

    what: str
    why: str
    until: date | None = None


@dataclass(frozen=True)
class Part:
    """`export` reads; `erase` may run twice, in a transaction of its own, and tells what it had to keep."""

    name: str
    export: Callable[[Member], list[Section]]
    erase: Callable[[Member], list[Kept]]


ACCOUNT = "account"
_parts: dict[str, Part] = {}


def register_personal_data(
    name: str, *, export: Callable[[Member], list[Section]], erase: Callable[[Member], list[Kept]]
) -> None:
    """Once per kind of data, when the package starts."""
    if name in _parts:
        raise ValueError(f"{name} is registered already")
    _parts[name] = Part(name, export, erase)


def parts() -> list[Part]:
    """All, the account itself last: until then it says whose data the others are."""
    return sorted(_parts.values(), key=lambda part: part.name == ACCOUNT)
