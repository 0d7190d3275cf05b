"""What is wrong with a row. A fault never repeats the value: values here are personal."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import models
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _


class Flaw(models.TextChoices):
    """What is wrong in files of every kind. Whoever keeps a fault keeps this code, and words it for each reader."""

    REQUIRED = "required", _("is required")
    TOO_LONG = "too_long", _("longer than {limit} characters")
    NO_DATE = "no_date", _("not a date such as 2026-03-31")
    FIELDS = "fields", _("{found} fields instead of {expected}")
    QUOTING = "quoting", _("the quoting is wrong, or the record is too long")
    NUL = "nul", _("holds a NUL character")
    NOT_UTF8 = "not_utf8", _("holds characters that are not UTF-8")
    UNUSED_UNREADABLE = "unused_unreadable", _("characters that can't be read in a column that is not used")


class BadCell(ValueError):
    """A cell does not hold what its column demands: a flaw `about` some values, or else a sentence for the person who
    mends it. The argument is the sentence.
    """

    def __init__(self, what: models.TextChoices | str | Promise, **about: object) -> None:
        self.flaw = what if isinstance(what, models.TextChoices) else None
        self.about = about
        super().__init__(format_lazy(what.label, **about) if isinstance(what, models.TextChoices) else what)


class FileRefused(Exception):
    """A file can't be imported at all; nothing, or nothing more, of it is applied. The argument says why."""


@dataclass(frozen=True)
class Fault:
    """`column` is empty when the whole row is meant. `message` may be a lazy translation, and holds no `|`.

    `flaw` with `about`: what the message says, where it has a code.
    """

    column: str
    message: str | Promise
    flaw: models.TextChoices | None = None
    about: Mapping[str, object] = field(default_factory=dict)


def fault(column: str, flaw: models.TextChoices, **about: object) -> Fault:
    return Fault(column, format_lazy(flaw.label, **about), flaw, about)
