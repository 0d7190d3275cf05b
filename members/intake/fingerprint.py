"""What tells a repetition from a conflict: a keyed hash of an event's content."""

import json
from collections.abc import Mapping
from typing import Any

from members.crypto import keyed_hash

ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), check_circular=False)


def fingerprint(event: Mapping[str, Any]) -> bytes:
    """32 bytes over type, subject, time and data as JSON values: the order of keys does not count, nor 5 or 5.0."""
    data = event.get("data")
    if isinstance(data, dict):
        data = {name: whole(value) for name, value in data.items()}
    try:
        text = ENCODER.encode([event.get("type"), event.get("subject"), event.get("time"), data])
    except RecursionError:
        # So deep that it can't be what was accepted: it equals nothing.
        return b""
    return keyed_hash(text.encode("ascii"), "policy_event")


def whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value
