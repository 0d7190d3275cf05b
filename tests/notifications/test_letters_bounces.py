"""E-letters through a mail provider's API, and its webhook: what comes back later goes on paper.

The provider is Postmark as django-anymail speaks to it, with a server on this machine in its place.
"""

import json
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.db import connection

from notifications.models import Attempt, Message, Receipt
from tests.faults.conftest import alice, announce, send, var  # noqa: F401

pytestmark = pytest.mark.django_db
State, Outcome = Message.State, Attempt.Outcome
TRACKING = "/anymail/postmark/tracking/"
MESSAGE_ID = "0a129aee-e1cd-480d-b08d-4f48548ff48d"


@pytest.fixture
def postmark(settings):
    """Takes every mail, or answers as told: `answer` is (status, JSON); RECIPIENT stands for the address."""

    class Handler(BaseHTTPRequestHandler):
        answer = (200, {"ErrorCode": 0, "Message": "OK", "MessageID": MESSAGE_ID, "To": "RECIPIENT"})

        def do_POST(self):
            mail = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, content = Handler.answer
            body = json.dumps(content).replace("RECIPIENT", mail["To"]).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {
        **settings.ANYMAIL,
        "POSTMARK_SERVER_TOKEN": "token",
        "POSTMARK_API_URL": f"http://127.0.0.1:{server.server_port}/",
    }
    yield Handler
    server.shutdown()
    server.server_close()


@pytest.fixture
def letter(announce, alice):  # noqa: F811
    [letter] = announce(alice, channels=["eletter", "letter"], letter_required=True)
    return letter


def report(client, settings, secret=None, **fields):
    """What Postmark posts when a mail comes back."""
    bounce = {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "ID": 692560173,
        "MessageID": MESSAGE_ID,
        "Description": "The server was unable to deliver your message to alice@example.com",
        "Email": "alice@example.com",
        "BouncedAt": "2026-11-20T16:33:54.9070259Z",
        **fields,
    }
    given = b64encode((secret or settings.ANYMAIL["WEBHOOK_SECRET"]).encode()).decode()
    headers = {"HTTP_AUTHORIZATION": f"Basic {given}"}
    return client.post(TRACKING, json.dumps(bounce), content_type="application/json", **headers).status_code


def told():
    return list(Message.objects.order_by("pk").values_list("channel", "state", "reason"))


def test_a_letter_that_bounces_later_goes_on_paper_once(client, settings, postmark, letter):
    assert send("eletter")
    letter.refresh_from_db()
    assert (letter.state, letter.provider_ref) == (State.SENT, MESSAGE_ID)
    assert [report(client, settings), report(client, settings)] == [200, 200]
    assert told() == [("eletter", State.FAILED, "receipt: not delivered"), ("letter", State.PENDING, "")]
    receipt = Receipt.objects.get()
    assert (receipt.message_id, receipt.status, receipt.detail) == (letter.pk, "failed", "bounced bounced")
    assert send("letter")
    assert told()[1] == ("letter", State.SENT, "")


@pytest.mark.parametrize(
    "report_of",
    [
        {"MessageID": "that of a mail to staff"},
        {"MessageID": ""},
        {"RecordType": "Delivery", "DeliveredAt": "2026-11-20T16:33:54Z"},
        {"Type": "Transient"},
        {"Type": "AutoResponder"},
    ],
    ids=["another mail", "no id", "delivered", "will be tried again", "away"],
)
def test_only_what_did_not_arrive_is_a_bounce(client, settings, postmark, letter, report_of):
    send("eletter")
    assert report(client, settings, **report_of) == 200
    assert told() == [("eletter", State.SENT, "")]


def test_a_bounce_after_the_provider_took_it_for_delivered_goes_on_paper(client, settings, postmark, letter):
    send("eletter")
    report(client, settings, RecordType="Delivery", DeliveredAt="2026-11-20T16:33:00Z")
    report(client, settings)
    assert told()[1] == ("letter", State.PENDING, "")


def test_nobody_else_reports_bounces(client, settings, postmark, letter):
    send("eletter")
    assert report(client, settings, secret="provider:guessed") == 400
    assert told() == [("eletter", State.SENT, "")]


@pytest.mark.parametrize(
    ("answer", "state", "outcome", "detail"),
    [
        (
            (422, {"ErrorCode": 406, "Message": "Found inactive addresses: RECIPIENT. Inactive recipients are ones"}),
            State.FAILED,
            Outcome.PERMANENT,
            "the provider refuses the recipient",
        ),
        ((401, {"ErrorCode": 10, "Message": "Bad token"}), State.PENDING, Outcome.TEMPORARY, "HTTP 401"),
        ((500, {}), State.SENDING, Outcome.UNCERTAIN, "HTTP 500"),
    ],
)
def test_answers_of_the_provider_s_api_are_classified(postmark, letter, answer, state, outcome, detail):
    postmark.answer = answer
    send("eletter")
    letter.refresh_from_db()
    assert letter.state == state
    attempt = letter.attempt_log.get()
    assert (attempt.outcome, attempt.detail) == (outcome, detail)


def test_a_bounced_mail_is_found_by_an_index(letter):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Message.objects.filter(channel="eletter", provider_ref=MESSAGE_ID).exclude(provider_ref="").explain()
    assert "message_mailed" in plan
