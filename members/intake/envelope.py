"""One event, checked against the catalogue: what it is about, or what is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from members.catalogue import EventSpec, event_specs, rows
from members.intake.faults import Fault, FaultCode, pointer
from members.intake.fingerprint import fingerprint
from members.intake.forms import fault_of, instant, storable
from members.intake.reading import LARGEST_EVENT, Sent
from members.models.policy_event import PolicyEvent

Kind = PolicyEvent.SubjectKind

LONGEST_KEY = 200
LONGEST_SUBJECT = 100
LONGEST_BOOK_NUMBER = 20  # docs/feeds.md: the keys of the policy book
POLICY_NO_MAY_BE_EMPTY = ("complaint.", "hotline.", "other.")
URI_REFERENCE = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
JSON_TYPE = re.compile(r"application/(?:[a-z0-9.+-]+\+)?json\s*(?:;.*)?", re.IGNORECASE)
RFC_3339 = re.compile(r".{10}[Tt].{2}:.{2}:.*")


class Refused(Exception):
    """The event can't be taken; `fault` says why."""

    def __init__(self, code: FaultCode, *names: str) -> None:
        super().__init__(code)
        self.fault = Fault(code, pointer(*names))


@dataclass(frozen=True)
class Content:
    """A good event."""

    spec: EventSpec
    subject: str
    kind: Kind
    customer_no: str
    occurred_at: datetime
    data: dict[str, Any]


@dataclass(frozen=True)
class Checked:
    """An event as it came: its key, when it has one, and either its content or its fault.

    `fingerprint` is there whenever the key is: also bad content under a known key is a conflict.
    """

    source: str | None
    event_id: str | None
    fingerprint: bytes
    content: Content | None
    fault: Fault | None


def check(sent: Sent) -> Checked:
    """Never raises: whatever is wrong stands in `fault`."""
    event = sent.value
    if not isinstance(event, dict):
        return Checked(None, None, b"", None, Fault(FaultCode.NOT_AN_EVENT))
    source, event_id = key_part(event.get("source")), key_part(event.get("id"))
    if source and not URI_REFERENCE.fullmatch(source):
        source = None
    content, fault = None, None
    try:
        content = content_of(event, source, event_id, sent.size)
    except Refused as refusal:
        fault = refusal.fault
    return Checked(source, event_id, fingerprint(event) if source and event_id else b"", content, fault)


def key_part(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_KEY and storable(value) else None


def content_of(event: dict[str, Any], source: str | None, event_id: str | None, size: int) -> Content:
    if size > LARGEST_EVENT:
        raise Refused(FaultCode.EVENT_TOO_LARGE)
    if event.get("specversion") != "1.0":
        raise Refused(FaultCode.BAD_SPECVERSION, "specversion")
    if not event_id:
        raise Refused(FaultCode.BAD_ID, "id")
    if not source:
        raise Refused(FaultCode.BAD_SOURCE, "source")
    spec = spec_of(event.get("type"))
    occurred_at = time_of(event.get("time"))
    data = data_of(event, spec)
    check_variables(spec, data)
    kind, subject = subject_of(event, spec, data)
    return Content(spec, subject, kind, data.get("customer_no", ""), occurred_at, data)


def spec_of(code: object) -> EventSpec:
    spec = event_specs().get(code) if isinstance(code, str) else None
    if spec is None:
        raise Refused(FaultCode.UNKNOWN_TYPE, "type")
    if not spec.external:
        raise Refused(FaultCode.NOT_EXTERNAL, "type")
    return spec


def time_of(value: object) -> datetime:
    time = instant(value.upper()) if isinstance(value, str) and RFC_3339.fullmatch(value) else None
    if time is None:
        raise Refused(FaultCode.BAD_TIME, "time")
    return time


def data_of(event: Mapping[str, Any], spec: EventSpec) -> dict[str, Any]:
    content_type = event.get("datacontenttype", "application/json")
    if not isinstance(content_type, str) or not JSON_TYPE.fullmatch(content_type):
        raise Refused(FaultCode.BAD_CONTENT_TYPE, "datacontenttype")
    if "data_base64" in event:
        raise Refused(FaultCode.BAD_DATA, "data_base64")
    data = event.get("data")
    if data is None and not spec.variables:
        return {}
    if not isinstance(data, dict):
        raise Refused(FaultCode.BAD_DATA, "data")
    return data


def check_variables(spec: EventSpec, data: dict[str, Any]) -> None:
    """Every declared variable in its form, nothing undeclared; `customer_no` may stand in any type."""
    for name, kind in spec.variables.items():
        if name not in data:
            raise Refused(FaultCode.MISSING_VARIABLE, "data", name)
        if name == "policy_no" and data[name] == "" and spec.code.startswith(POLICY_NO_MAY_BE_EMPTY):
            continue
        fault = fault_of(name, kind, data[name])
        if fault:
            raise Refused(fault, "data", name)
    for name in data:
        if name not in spec.variables and name != "customer_no":
            raise Refused(FaultCode.UNDECLARED_VARIABLE, "data", name)
    if "customer_no" in data:
        fault = fault_of("customer_no", "str", data["customer_no"])
        if fault:
            raise Refused(fault, "data", "customer_no")


def subject_of(event: Mapping[str, Any], spec: EventSpec, data: dict[str, Any]) -> tuple[Kind, str]:
    """What the event is about: the first of policy, application, customer that the type tells of."""
    subject = event.get("subject")
    if spec.code.startswith("hotline.window_"):
        if subject not in platform_codes():
            raise Refused(FaultCode.BAD_SUBJECT, "subject")
        return Kind.OTHER, str(subject)
    if "call_no" in spec.variables:
        kind, name = Kind.OTHER, "call_no"
    elif data.get("policy_no"):
        kind, name = Kind.POLICY, "policy_no"
    elif "application_no" in spec.variables:
        kind, name = Kind.APPLICATION, "application_no"
    else:
        kind, name = Kind.CUSTOMER, "customer_no"
    if kind in (Kind.APPLICATION, Kind.CUSTOMER) and "customer_no" not in data:
        raise Refused(FaultCode.MISSING_VARIABLE, "data", "customer_no")
    for number in ("policy_no", "customer_no"):
        if len(data.get(number, "")) > LONGEST_BOOK_NUMBER:
            raise Refused(FaultCode.BAD_NUMBER, "data", number)
    if len(data[name]) > LONGEST_SUBJECT:
        raise Refused(FaultCode.BAD_NUMBER, "data", name)
    if subject != data[name]:
        raise Refused(FaultCode.BAD_SUBJECT, "subject")
    return kind, data[name]


@cache
def platform_codes() -> frozenset[str]:
    return frozenset(row["code"] for row in rows("platforms"))
