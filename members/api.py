"""The insurer's core speaks here: `POST /events` (docs/feeds.md, "Policy events")."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.responses import Status
from ninja.security import HttpBearer

from members.actions.accept_events import EventResult, EventStatus, accept_events
from members.actions.record_api_key_use import record_api_key_use
from members.intake.faults import Fault, FaultCode
from members.intake.http_modes import BATCH, STRUCTURED, UnsupportedMediaType, events_in
from members.intake.reading import LARGEST_REQUEST, TooManyEvents, Unreadable
from members.models import ApiKey, Scope
from members.rate_limit import seconds_to_wait

router = Router(tags=["policy events"])


class Problem(Exception):
    """A whole request that is refused, and the answer to it."""

    def __init__(self, status: int, code: FaultCode, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.status, self.fault, self.headers = status, Fault(code), headers or {}


class KeyWith(HttpBearer):
    """`Authorization: Bearer KEY`, a live key with `scope`, within its limit."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> ApiKey:
        key = super().__call__(request)
        if key is None:
            raise Problem(401, FaultCode.UNAUTHORIZED, {"WWW-Authenticate": "Bearer"})
        return key

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        key = ApiKey.objects.live().matching(token)
        if key is None:
            return None
        if self.scope not in key.scopes:
            raise Problem(403, FaultCode.FORBIDDEN)
        if seconds := seconds_to_wait(key):
            raise Problem(429, FaultCode.TOO_MANY_REQUESTS, {"Retry-After": str(seconds)})
        record_api_key_use(key=key)
        return key


class FaultOut(Schema):
    code: str
    pointer: str
    detail: str


class ResultOut(Schema):
    source: str | None
    id: str | None
    status: Literal["accepted", "duplicate", "conflict", "rejected"]
    error: FaultOut | None


class ResultsOut(Schema):
    results: list[ResultOut]


class ProblemOut(Schema):
    error: FaultOut


EVENT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["specversion", "id", "source", "type", "subject", "time"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1, "maxLength": 200},
        "source": {"type": "string", "format": "uri-reference", "minLength": 1, "maxLength": 200},
        "type": {"type": "string", "description": "a code of the catalogue"},
        "subject": {"type": "string", "description": "the policy, application, customer or call number"},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "data": {"type": "object", "description": "every variable that the type declares, and perhaps customer_no"},
    },
}
REQUEST_BODY = {
    "required": True,
    "content": {
        STRUCTURED: {"schema": EVENT_SCHEMA},
        BATCH: {"schema": {"type": "array", "maxItems": 1000, "items": EVENT_SCHEMA}},
        "application/json": {
            "schema": {"type": "object", "description": "binary mode: data, attributes in ce- headers"}
        },
    },
}


@router.post(
    "/events",
    auth=KeyWith(Scope.EVENTS_WRITE),
    summary="Send policy events",
    response={(202, 409, 422): ResultsOut, (400, 401, 403, 413, 415, 429): ProblemOut},
    openapi_extra={"requestBody": REQUEST_BODY},
)
def send_events(request: HttpRequest) -> Status:
    """One CloudEvent, a batch, or binary mode. Answers for each in the order sent; one bad event rejects only itself.

    202 when anything was accepted or is a duplicate, else 409 when anything conflicts, else 422.
    """
    body = body_of(request)
    try:
        events = events_in(request.headers, body)
    except UnsupportedMediaType:
        raise Problem(415, FaultCode.UNSUPPORTED_MEDIA_TYPE, {"Accept": f"{STRUCTURED}, {BATCH}"}) from None
    except TooManyEvents:
        raise Problem(413, FaultCode.REQUEST_TOO_LARGE) from None
    except Unreadable:
        raise Problem(400, FaultCode.UNREADABLE) from None
    results = accept_events(raw=events)
    return Status(status_of(results), {"results": [as_json(result) for result in results]})


def body_of(request: HttpRequest) -> bytes:
    """Not more of it than may be. Raises Problem (413)."""
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > LARGEST_REQUEST:
        raise Problem(413, FaultCode.REQUEST_TOO_LARGE)
    if length or not request.META.get("wsgi.input_terminated"):
        return request.read(LARGEST_REQUEST)
    # Sent in chunks, without a length: Django would read nothing, the server knows where it ends.
    body = b""
    while piece := request.META["wsgi.input"].read(LARGEST_REQUEST + 1 - len(body)):
        body += piece
        if len(body) > LARGEST_REQUEST:
            raise Problem(413, FaultCode.REQUEST_TOO_LARGE)
    return body


def status_of(results: Sequence[EventResult]) -> int:
    statuses = {result.status for result in results}
    if statuses & {EventStatus.ACCEPTED, EventStatus.DUPLICATE}:
        return 202
    return 409 if EventStatus.CONFLICT in statuses else 422


def as_json(result: EventResult) -> dict[str, Any]:
    return {
        "source": result.source,
        "id": result.id,
        "status": result.status.value,
        "error": result.fault.as_json() if result.fault else None,
    }
