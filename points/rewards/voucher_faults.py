"""What is wrong with a line of codes: kept with the batch as a code, and worded for whoever reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.book.faults import Fault, Flaw


class VoucherFlaw(models.TextChoices):
    """Beside those of every file."""

    ROUNDED = "rounded", _("was rounded by a spreadsheet; export the column as text")
    TOO_SOON = "too_soon", _("is less than {days} days away, so nobody would be given it")
    KNOWN = "known", _("was imported before")
    REPEATED = "repeated", _("stands in line {line} already")


LABELS = dict(Flaw.choices) | dict(VoucherFlaw.choices)


@dataclass(frozen=True)
class Told:
    """In the reader's language."""

    line: int
    column: str
    message: str


def kept(line: int, fault: Fault) -> dict[str, Any]:
    """As VoucherBatch.faults holds it."""
    assert fault.flaw is not None  # every column of the sheet refuses with a code
    return {"line": line, "column": fault.column, "flaw": fault.flaw.value, "about": dict(fault.about)}


def told(stored: Mapping[str, Any]) -> Told:
    """Of what `kept` made."""
    return Told(stored["line"], stored["column"], str(LABELS[stored["flaw"]]).format(**stored["about"]))
