"""Receipts from providers: `POST /receipts/{provider}`, signed (notifications/signature.py)."""

import time
from typing import Annotated, Literal

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from ninja import Router
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, ValidationError

from notifications.actions.record_receipts import ReceiptNotice, record_receipts
from notifications.channels import sms, wechat
from notifications.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, is_genuine

router = Router(tags=["receipts"])

MAX_RECEIPTS = 1_000
MAX_BODY = 1024 * 1024
#: PostgreSQL can't keep U+0000 in text.
NO_NUL = r"^[^\x00]*$"
PROVIDERS = frozenset({sms.NAME, wechat.NAME})


class ReceiptIn(BaseModel):
    key: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    status: Literal["delivered", "failed", "read"]
    at: AwareDatetime
    detail: Annotated[str, StringConstraints(max_length=500, pattern=NO_NUL)] = ""


class ReceiptsIn(BaseModel):
    receipts: Annotated[list[ReceiptIn], Field(max_length=MAX_RECEIPTS)]


@router.post("/receipts/{provider}", auth=None, summary="Receipts of messages, signed by the provider")
def receive_receipts(request: HttpRequest, provider: str) -> JsonResponse:
    """200 with the counts; 401 unsigned or too old, 404 unknown provider, 413 too large, 422 not as agreed."""
    if provider not in PROVIDERS:
        return refused(404, "unknown_provider")
    if int(request.headers.get("Content-Length") or 0) > MAX_BODY:
        return refused(413, "too_large", f"at most {MAX_BODY} bytes")
    genuine = is_genuine(
        settings.SANDBOX_SECRET,
        request.headers.get(TIMESTAMP_HEADER, ""),
        request.headers.get(SIGNATURE_HEADER, ""),
        request.body,
        now=time.time(),
    )
    if not genuine:
        return refused(401, "bad_signature")
    try:
        notices = parsed(request.body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        if first["type"] == "too_long" and first["loc"] == ("receipts",):
            return refused(413, "too_many_receipts", f"at most {MAX_RECEIPTS}")
        pointer = "".join(f"/{part}" for part in first["loc"])
        return refused(422, "invalid", first["msg"], pointer)
    recorded = record_receipts(provider=provider, notices=notices)
    return JsonResponse({"recorded": recorded.recorded, "unknown": recorded.unknown})


def parsed(body: bytes) -> list[ReceiptNotice]:
    """The receipts of a body. Raises pydantic's ValidationError."""
    return [
        ReceiptNotice(key=receipt.key, status=receipt.status, detail=receipt.detail, occurred_at=receipt.at)
        for receipt in ReceiptsIn.model_validate_json(body).receipts
    ]


def refused(status: int, code: str, detail: str = "", pointer: str = "") -> JsonResponse:
    return JsonResponse({"error": {"code": code, "detail": detail, "pointer": pointer}}, status=status)
