"""The webhook for receipts: only what the provider signed, in time, within limits."""

import json
import time

import pytest
from django.urls import path
from django.utils import timezone
from ninja import NinjaAPI

from notifications import api
from notifications.channels import sms
from notifications.models import Message, Receipt
from notifications.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, TOLERANCE_S, sign
from tests.factories import CustomerFactory, PolicyEventFactory
from tests.sandbox import eventually, text

mounted = NinjaAPI(urls_namespace="receipts-test", docs_url=None)
mounted.add_router("", api.router)
urlpatterns = [path("api/v1/", mounted.urls)]

pytestmark = pytest.mark.urls(__name__)
SECRET = "the provider's secret"
AT = "2026-11-20T10:15:00+08:00"


@pytest.fixture
def message(premium_due):
    return Message.objects.create(
        cause="policy:1",
        policy_event=PolicyEventFactory(),
        event_type=premium_due,
        recipient="c1",
        role="policyholder",
        customer=CustomerFactory(),
        channel="sms",
        track="push",
        language="zh-hans",
        address="+8613800000001",
        body="保费扣款失败",
        state="sent",
        priority=2,
        send_after=timezone.now(),
        due_at=timezone.now(),
        provider=sms.NAME,
    )


@pytest.fixture
def post(client, settings):
    settings.SANDBOX_SECRET = SECRET

    def post(content, provider=sms.NAME, age_s=0, secret=SECRET, **changed):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        timestamp = str(int(time.time()) - age_s)
        headers = {TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: sign(secret, timestamp, body), **changed}
        return client.post(f"/api/v1/receipts/{provider}", body, content_type="application/json", headers=headers)

    return post


def receipt(key, **changed):
    return {"key": str(key), "status": "delivered", "at": AT, "detail": "", **changed}


def test_it_works(post, message):
    answer = post({"receipts": [receipt(message.pk), receipt(message.pk + 1)]})
    assert (answer.status_code, answer.json()) == (200, {"recorded": 1, "unknown": 1})
    message.refresh_from_db()
    assert message.state == Message.State.DELIVERED
    assert Receipt.objects.get().occurred_at.isoformat() == "2026-11-20T02:15:00+00:00"


@pytest.mark.parametrize(
    "forgery",
    [
        {"secret": "somebody else's"},
        {"age_s": TOLERANCE_S + 2},
        {"age_s": -TOLERANCE_S - 2},
        {SIGNATURE_HEADER: ""},
        {SIGNATURE_HEADER: "sha256=ä"},
        {TIMESTAMP_HEADER: "yesterday"},
        {TIMESTAMP_HEADER: "²"},
    ],
)
def test_what_the_provider_did_not_sign_is_refused(post, message, forgery):
    answer = post({"receipts": [receipt(message.pk)]}, **forgery)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "bad_signature")
    assert not Receipt.objects.exists()


def test_an_unknown_provider_has_no_address(post, db):
    assert post({"receipts": []}, provider="somebody").status_code == 404


@pytest.mark.parametrize(
    ("content", "status", "code", "pointer"),
    [
        (b"{", 422, "invalid", ""),
        (b"\xff", 422, "invalid", ""),
        ({}, 422, "invalid", "/receipts"),
        ({"receipts": [receipt(1), receipt(2, status="lost")]}, 422, "invalid", "/receipts/1/status"),
        ({"receipts": [receipt(1, at="2026-11-20T10:15:00")]}, 422, "invalid", "/receipts/0/at"),
        ({"receipts": [receipt(1, detail="x" * 501)]}, 422, "invalid", "/receipts/0/detail"),
        ({"receipts": [receipt(1, detail="a\0b")]}, 422, "invalid", "/receipts/0/detail"),
        ({"receipts": [receipt(n) for n in range(1001)]}, 413, "too_many_receipts", ""),
        (b" " * (1024 * 1024 + 1), 413, "too_large", ""),
    ],
)
def test_what_is_not_as_agreed_is_refused_whole(post, db, content, status, code, pointer):
    answer = post(content)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["pointer"]) == (status, code, pointer)


@pytest.mark.django_db(transaction=True)
def test_the_provider_process_and_the_webhook_understand_each_other(sandbox, live_server, message):
    """No mocks: the process signs and posts over HTTP, the message becomes delivered."""
    sandbox.stop()
    sandbox.receipts_url = f"{live_server.url}/api/v1/receipts/sandbox"
    sandbox.start()
    sandbox.post(text(str(message.pk)))
    eventually(lambda: Message.objects.get().state == Message.State.DELIVERED)
    eventually(lambda: sandbox.stats()["receipts_waiting"] == 0)
