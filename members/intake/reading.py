"""From bytes to JSON values, each with its size as sent. Strict: what other readers of JSON would refuse is refused."""

import json
from dataclasses import dataclass
from typing import Any

LARGEST_EVENT = 64 * 1024
LARGEST_REQUEST = 1024 * 1024
LARGEST_BATCH = 1000

#: Python refuses to read longer integers at all; no variable is nearly as long.
LONGEST_INTEGER = 1000
WHITESPACE = " \t\n\r"


class Unreadable(Exception):
    """Not UTF-8, not JSON, or JSON of the wrong shape."""


class TooManyEvents(Exception):
    """More than LARGEST_BATCH events in one request."""


@dataclass(frozen=True)
class Sent:
    """A JSON value that should be an event, and how many bytes it took."""

    value: Any
    size: int = 0


def integer(text: str) -> int | float:
    return int(text) if len(text) <= LONGEST_INTEGER else float("inf")


def refuse_constant(text: str) -> None:
    raise Unreadable("NaN and Infinity are not JSON")


DECODER = json.JSONDecoder(parse_int=integer, parse_constant=refuse_constant)


def text_of(body: bytes) -> str:
    """Raises Unreadable. A byte order mark is tolerated."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("not UTF-8") from error


def read_value(body: bytes) -> Any:
    """The one JSON value in `body`. Raises Unreadable."""
    text = text_of(body)
    value, end = value_at(text, skip(text, 0))
    if skip(text, end) != len(text):
        raise Unreadable("more than one value")
    return value


def read_event(body: bytes) -> Sent:
    """The one event in `body`. Raises Unreadable."""
    return Sent(read_value(body), len(body))


def read_batch(body: bytes) -> list[Sent]:
    """The events of a JSON array, each with its own size. Raises Unreadable, TooManyEvents."""
    text = text_of(body)
    at = skip(text, 0)
    if text[at : at + 1] != "[":
        raise Unreadable("not an array")
    at = skip(text, at + 1)
    events: list[Sent] = []
    if text[at : at + 1] == "]":
        at += 1
    else:
        while True:
            if len(events) == LARGEST_BATCH:
                raise TooManyEvents
            value, end = value_at(text, at)
            events.append(Sent(value, len(text[at:end].encode())))
            at = skip(text, end) + 1
            if text[at - 1 : at] == "]":
                break
            if text[at - 1 : at] != ",":
                raise Unreadable("an array that does not end")
            at = skip(text, at)
    if skip(text, at) != len(text):
        raise Unreadable("more than one value")
    return events


def value_at(text: str, at: int) -> tuple[Any, int]:
    try:
        return DECODER.raw_decode(text, at)
    # RecursionError: arrays in arrays in arrays; no event is nearly as deep.
    except (ValueError, RecursionError) as error:
        raise Unreadable("not JSON") from error


def skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in WHITESPACE:
        at += 1
    return at
