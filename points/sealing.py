"""The hash chain over what was booked: what of a posting goes into it, and whether it still holds."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from points.models import Entry, Lot, LotUse, Posting, Seal

#: What the first block continues.
BEGINNING = bytes(32)
POSTING = ("pk", "scope", "key", "request_hash", "kind", "reason", "cause", "occurred_at", "undoes", "posted_by")
PARTS: tuple[tuple[type[Entry | Lot | LotUse], tuple[str, ...]], ...] = (
    (Entry, ("pk", "account", "system", "amount", "balance_after", "posted_at")),
    (Lot, ("pk", "account", "source", "points", "accrued_at", "available_at", "expires_at")),
    (LotUse, ("pk", "lot", "points")),
)


def block_hash(number: int, previous: bytes, posting_ids: Collection[int]) -> bytes:
    """32 bytes over the block's number, the block before it, and everything that was booked in its postings."""
    digest = hashlib.sha256(f"{number}\n{previous.hex()}\n".encode())
    for line in lines(posting_ids):
        digest.update(line)
    return digest.digest()


def lines(posting_ids: Collection[int]) -> Iterator[bytes]:
    """A line of JSON for each posting, with its entries, lots and uses of lots; what can change later is left out."""
    parts: dict[int, list[Any]] = defaultdict(list)
    for model, fields in PARTS:
        rows = model.objects.filter(posting__in=posting_ids).order_by("pk").values_list("posting", *fields)
        for posting, *values in rows:
            parts[posting].append([model.__name__, *values])
    for values in Posting.objects.filter(pk__in=posting_ids).order_by("pk").values_list(*POSTING):
        yield json.dumps([*values, parts[values[0]]], default=plain, ensure_ascii=False).encode() + b"\n"


def plain(value: object) -> object:
    """Times by their second since 1970, whatever zone the session shows them in; bytes in hexadecimal."""
    if isinstance(value, datetime):
        return f"{value.timestamp():.6f}"
    return bytes(value).hex()  # type: ignore[call-overload]


@dataclass(frozen=True)
class Broken:
    """The block where the chain no longer holds, and how it shows."""

    number: int
    why: str


def verify(*, expected: tuple[int, str] | None = None) -> Iterator[Seal]:
    """Reckons every block anew, and yields each that holds. Raises ChainBroken at the first that doesn't.

    `expected`: number and hash (hexadecimal) of a block as it was written down elsewhere, such as in the log: blocks
    that were taken off the end are missed by nothing else.
    """
    previous = BEGINNING
    hashes = {}
    for number, seal in enumerate(Seal.objects.order_by("number").iterator(), 1):
        ids = list(seal.postings.order_by("pk").values_list("pk", flat=True))
        if seal.number != number:
            raise ChainBroken(Broken(number, "it is missing"))
        if bytes(seal.previous_hash) != previous:
            raise ChainBroken(Broken(number, "it does not continue the one before"))
        if len(ids) != seal.postings_count:
            raise ChainBroken(Broken(number, f"it was closed over {seal.postings_count} postings and has {len(ids)}"))
        if block_hash(number, previous, ids) != bytes(seal.hash):
            raise ChainBroken(Broken(number, "what was booked in it has changed"))
        previous = bytes(seal.hash)
        if expected and number == expected[0]:
            hashes[number] = previous.hex()
        yield seal
    if expected and hashes.get(expected[0]) != expected[1]:
        raise ChainBroken(Broken(expected[0], "it is not the one that was written down"))


class ChainBroken(Exception):
    """Something was changed past the triggers, or taken out. `broken` says where."""

    def __init__(self, broken: Broken) -> None:
        super().__init__(broken)
        self.broken = broken
