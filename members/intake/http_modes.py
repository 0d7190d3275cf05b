"""The three ways in which CloudEvents come by HTTP: structured, batch and binary (CloudEvents HTTP binding 1.0.2)."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from django.utils.http import parse_header_parameters

from members.intake.envelope import JSON_TYPE
from members.intake.reading import Sent, Unreadable, read_batch, read_event, read_value

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
QUOTED_PAIR = re.compile(r"\\(.)")


class UnsupportedMediaType(Exception):
    """None of the three modes, or not in UTF-8."""


def events_in(headers: Mapping[str, str], body: bytes) -> list[Sent]:
    """The events of a request, checked for nothing yet. Raises UnsupportedMediaType, Unreadable, TooManyEvents."""
    content_type = headers.get("Content-Type", "")
    media_type, parameters = parse_header_parameters(content_type)
    if parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaType
    if media_type == STRUCTURED:
        event = read_event(body)
        if not isinstance(event.value, dict):
            raise Unreadable("not an object")
        return [event]
    if media_type == BATCH:
        return read_batch(body)
    attributes = {name[3:].lower(): value for name, value in headers.items() if name.lower().startswith("ce-")}
    if not attributes or (body and not JSON_TYPE.fullmatch(content_type)):
        raise UnsupportedMediaType
    return [binary_event(attributes, content_type, body)]


def binary_event(attributes: Mapping[str, str], content_type: str, body: bytes) -> Sent:
    event: dict[str, Any] = {name: header_text(value) for name, value in attributes.items()}
    for name in ("data", "data_base64", "datacontenttype"):  # not attributes of this mode
        event.pop(name, None)
    if body:
        event["datacontenttype"] = content_type
        event["data"] = read_value(body)
    return Sent(event, len(body) + sum(len(name) + len(value) for name, value in attributes.items()))


def header_text(value: str) -> str | None:
    """A header's value as the binding encodes it: perhaps quoted, then percent-encoded UTF-8. None: not so encoded."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = QUOTED_PAIR.sub(r"\1", value[1:-1])
    try:
        return unquote(value, errors="strict") if value.isascii() else None
    except UnicodeDecodeError:
        return None
