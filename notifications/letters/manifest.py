"""A day's folder of paper letters: PDF files named by their message, and the manifest that the printer works from."""

import csv
import os
import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.db.models import Min
from django.utils import timezone

from notifications.letters.content import LetterContent
from notifications.models import Letter, Message

MANIFEST = "manifest.csv"
COLUMNS = ("sequence", "file", "pages", "sha256", "recipient", "postcode")
POSTCODE = re.compile(r"(?<!\d)\d{6}(?!\d)")

Row = dict[str, str]


def folder_of(day: date) -> Path:
    return Path(settings.PRINT_FOLDER) / day.isoformat()


def file_of(key: str, day: date) -> Path:
    return folder_of(day) / f"{key}.pdf"


def printed_on(keys: Iterable[str]) -> dict[str, date]:
    """key → day for the letters that lie in some day's folder.

    A letter lies in none from before its message was made: the folders of years are not gone through.
    """
    keys = list(keys)
    made_at = Message.objects.filter(pk__in=[int(key) for key in keys]).aggregate(first=Min("created_at"))["first"]
    if made_at is None:
        return {}
    first = folder_of(timezone.localdate(made_at) - timedelta(days=1))  # hosts' clocks differ
    days = sorted((folder for folder in first.parent.glob("????-??-??") if folder >= first), reverse=True)
    found = {}
    for key in keys:
        folder = next((folder for folder in days if (folder / f"{key}.pdf").exists()), None)
        if folder:
            found[key] = date.fromisoformat(folder.name)
    return found


def write_whole(file: Path, content: bytes) -> None:
    """Puts a file in its place at once: there is never half a letter for the printer to take.

    On return it outlives a power failure, as the record that it was printed will.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    with open(draft, "wb", opener=private) as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # or its new name may be gone
    finally:
        os.close(folder)


def private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def read_manifest(day: date) -> list[Row]:
    """The manifest's rows in their order; none when there is no manifest yet."""
    file = folder_of(day) / MANIFEST
    if not file.exists():
        return []
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def update_manifest(day: date) -> list[Row]:
    """Brings the manifest up to what lies in the folder. Rows that are there keep their sequence number.

    The caller holds the day's PrintBatch locked. Doing it again changes nothing.
    """
    rows = read_manifest(day)
    listed = {row["file"] for row in rows}
    there = sorted(file.name for file in folder_of(day).glob("*.pdf"))
    fresh = [name for name in there if name not in listed]
    if fresh or not rows:
        rows += described(fresh, first=len(rows) + 1)
        write_whole(folder_of(day) / MANIFEST, as_csv(rows))
    return rows


def described(names: list[str], *, first: int) -> Iterator[Row]:
    """A row for each file whose message is known, in the order of the messages."""
    keys = [int(name.removesuffix(".pdf")) for name in names if name.removesuffix(".pdf").isdecimal()]
    messages = list(Message.objects.filter(pk__in=keys).only("cause", "recipient", "body").order_by("pk"))
    letters = {
        (letter.cause, letter.recipient): letter
        for letter in Letter.objects.filter(cause__in={message.cause for message in messages})
    }
    known = [message for message in messages if (message.cause, message.recipient) in letters]
    for sequence, message in enumerate(known, start=first):
        letter = letters[(message.cause, message.recipient)]
        yield {
            "sequence": str(sequence),
            "file": f"{message.pk}.pdf",
            "pages": str(letter.pages),
            "sha256": letter.sha256,
            "recipient": message.recipient,
            "postcode": postcode(LetterContent.from_json(message.body or "").postal_lines),
        }


def postcode(postal_lines: tuple[str, ...]) -> str:
    """China's six digits, on a line of their own or in the address; empty when there are none."""
    found = POSTCODE.findall("\n".join(postal_lines))
    return found[-1] if found else ""


def as_csv(rows: list[Row]) -> bytes:
    text = StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
