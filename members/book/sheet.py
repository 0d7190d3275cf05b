"""A file of the policy book: its columns, and a row of it, read and checked."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.book.cells import text
from members.book.faults import BadCell, Fault, FileRefused, Flaw, fault
from members.book.records import Record

#: What a rejects file adds; ignored when that file is fed again.
REJECT_COLUMNS = ("_line", "_column", "_error")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

Mirror = type[Model]
Values = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """`blank`: the value of an empty cell. `limit` is in characters.

    `field`: where the model keeps it, None when it does not; `names`: the model of a row that it names. `label`: what
    it is called where no field says so. `form`: what may stand in it, for people, where `read` does not say that.
    """

    name: str
    read: Callable[[str], Any] = text
    required: bool = False
    limit: int = 100
    blank: Any = ""
    field: str | None = ""
    names: Mirror | None = None
    label: str | Promise = ""
    form: str | Promise = ""


@dataclass(frozen=True)
class Reference:
    """A cell names a row of `model` by its natural key. `entry` counts from 1 where the cell is a list."""

    column: str
    model: Mirror
    key: str
    entry: int | None = None

    def fault(self) -> Fault:
        missing = format_lazy(_("no such {noun}"), noun=self.model._meta.verbose_name)
        if self.entry is not None:
            missing = format_lazy(_("entry {number}: {fault}"), number=self.entry, fault=missing)
        return Fault(self.column, missing)


@dataclass
class Row:
    """One record. `values` holds what could be read; the row is good while `faults` is empty."""

    line: int
    cells: list[str]
    values: Values = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def nothing(*_: Any) -> Iterator[Any]:
    return iter(())


@dataclass(frozen=True)
class Sheet:
    """What the documentation (docs/feeds.md) says of one file. The first column is the key, or the first `keys` are.

    `contradictions(values, today)` yields faults between cells, `references(values)` what the row points to; both get
    only the cells that could be read.
    """

    name: str
    model: Mirror
    columns: tuple[Column, ...]
    contradictions: Callable[[Values, date], Iterable[Fault]] = nothing
    references: Callable[[Values], Iterable[Reference]] = nothing
    keys: int = 1

    @property
    def file_name(self) -> str:
        return f"{self.name}.csv"

    @property
    def key(self) -> str:
        return self.columns[0].name

    def key_of(self, values: Values) -> Any:
        """What the row is known by: the value of its key, or a tuple of them."""
        found = tuple(values[column.name] for column in self.columns[: self.keys])
        return found[0] if self.keys == 1 else found

    @cached_property
    def fields(self) -> dict[str, tuple[str, Mirror | None]]:
        """Column → model field, and the model that it points to. Without columns that the row itself does not keep."""
        return {
            column.name: (column.field or column.name, column.names)
            for column in self.columns
            if column.field is not None
        }


class Layout:
    """Where the columns stand in one particular file. Raises FileRefused for a header that can't be used."""

    def __init__(self, sheet: Sheet, header: list[str]) -> None:
        self.sheet = sheet
        self.header = [name.strip() for name in header]
        known = {column.name for column in sheet.columns}
        if twice := sorted({name for name in known if self.header.count(name) > 1}):
            raise FileRefused(gettext("columns that stand there twice: %(columns)s") % {"columns": ", ".join(twice)})
        places = {name: place for place, name in enumerate(self.header) if name in known}
        missing = [column.name for column in sheet.columns if column.required and column.name not in places]
        if missing:
            raise FileRefused(gettext("required columns are missing: %(columns)s") % {"columns": ", ".join(missing)})
        self.ignored = tuple(
            # Spreadsheets leave columns without a name behind the last one; nobody misses them.
            printable(name)
            for name in self.header
            if name and name not in known and name not in REJECT_COLUMNS
        )
        self.places = [(column, places.get(column.name)) for column in sheet.columns]
        self.order = {column.name: number for number, column in enumerate(sheet.columns)}

    def row(self, record: Record, today: date) -> Row:
        """Reads a record. References are listed, not looked up."""
        row = Row(record.line, record.cells)
        if not record.well_formed:
            row.faults.append(fault("", Flaw.QUOTING))
        elif len(record.cells) != len(self.header):
            row.faults.append(fault("", Flaw.FIELDS, found=len(record.cells), expected=len(self.header)))
        else:
            self.read_cells(row)
            row.faults.extend(self.sheet.contradictions(row.values, today))
            row.references.extend(self.sheet.references(row.values))
        return row

    def read_cells(self, row: Row) -> None:
        # Asked of the whole row first: nearly all of them are readable.
        readable = is_readable("".join(row.cells))
        for column, place in self.places:
            cell = "" if place is None else row.cells[place].strip()
            try:
                if not cell:
                    if column.required:
                        raise BadCell(Flaw.REQUIRED)
                    row.values[column.name] = column.blank
                    continue
                if not readable:
                    check_readable(cell)
                if len(cell) > column.limit:
                    raise BadCell(Flaw.TOO_LONG, limit=column.limit)
                row.values[column.name] = column.read(cell)
            except BadCell as bad:
                row.faults.append(Fault(column.name, bad.args[0], bad.flaw, bad.about))
        if not readable and not row.faults:
            row.faults.append(fault("", Flaw.UNUSED_UNREADABLE))

    def sort(self, faults: list[Fault]) -> list[Fault]:
        """In the order of the columns in docs/feeds.md, what concerns the whole row last."""
        return sorted(faults, key=lambda fault: self.order.get(fault.column, len(self.order)))


def is_readable(text: str) -> bool:
    return "\0" not in text and REPLACEMENT not in text and not has_bad_bytes(text)


def check_readable(cell: str) -> None:
    if "\0" in cell:
        raise BadCell(Flaw.NUL)
    if not is_readable(cell):
        raise BadCell(Flaw.NOT_UTF8)


def has_bad_bytes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def printable(name: str) -> str:
    return name.encode("utf-8", "replace").decode()[:40]
