"""What is wrong with a row. A fault never repeats the value: values here are personal."""

from dataclasses import dataclass

from django.utils.functional import Promise


class BadCell(ValueError):
    """A cell does not hold what its column demands. The argument is a sentence for the person who mends it."""


class FileRefused(Exception):
    """A file can't be imported at all; nothing, or nothing more, of it is applied. The argument says why."""


@dataclass(frozen=True)
class Fault:
    """`column` is empty when the whole row is meant. `message` may be a lazy translation, and holds no `|`."""

    column: str
    message: str | Promise
