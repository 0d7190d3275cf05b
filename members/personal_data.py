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
        """Named and worded as the models do it; times in Shanghai's."""
        known = list(objects)
        labels = {name: str(known[0]._meta.get_field(name).verbose_name) for name in fields} if known else {}  # type: ignore[union-attr]
        return cls(title, labels, [{name: shown(thing, name) for name in fields} for thing in known])

    def readable(self) -> list[list[tuple[str, Any]]]:
        """Each row as (label, value) pairs."""
        return [[(self.labels[name], value) for name, value in row.items()] for row in self.rows]


def shown(thing: Model, field: str) -> Any:
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
