"""Whatever a provider does, a message ends up sent, waiting for its next try, or settled: never twice, never lost."""

from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from notifications.actions import sweep
from notifications.channels import http_provider
from notifications.models import Attempt, Message, ProviderState
from notifications.outcomes import MAX_ATTEMPTS
from tests.faults.conftest import let_leases_run_out, let_waits_end, send

pytestmark = pytest.mark.django_db
State, Outcome = Message.State, Attempt.Outcome


@pytest.fixture
def message(announce, alice):
    [message] = announce(alice)
    return message


@pytest.fixture
def provider_says(settings):
    """A provider that answers one request with these very bytes."""
    servers = []
    pool = ThreadPoolExecutor(1)

    def provider_says(status, body, headers=()):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.answer()

            def do_GET(self):
                self.answer()

            def answer(self):
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **dict(headers)}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        settings.SANDBOX_URL = f"http://127.0.0.1:{server.server_port}"
        pool.submit(server.handle_request)

    yield provider_says
    for server in servers:
        server.server_close()
    pool.shutdown()


def state_of(message):
    message.refresh_from_db()
    return message.state


def last_outcome(message):
    attempt = message.attempt_log.latest("pk")
    return attempt.outcome, attempt.detail


def test_after_a_server_error_it_goes_out_at_the_next_try(sandbox, message, alice):
    sandbox.turn(server_error_rate=1)
    assert send("sms")
    assert (state_of(message), message.attempts) == (State.PENDING, 1)
    assert last_outcome(message) == (Outcome.TEMPORARY, "HTTP 500")
    assert not send("sms")  # not at once
    sandbox.turn(server_error_rate=0)
    let_waits_end()
    send("sms")
    assert state_of(message) == State.SENT
    assert sandbox.received(alice.mobile) == [message.body]


def test_told_to_slow_down_it_waits_as_long_as_asked_and_no_attempt_is_lost(sandbox, message, alice):
    sandbox.turn(throttle_per_s=1)
    sandbox.post(*[{"key": f"other {n}", "to": "1", "title": "", "text": "x"} for n in range(30)])
    send("sms")
    assert (state_of(message), message.attempts) == (State.PENDING, 0)
    wait = (message.send_after - message.attempt_log.get().ended_at).total_seconds()
    assert 20 < wait <= 30
    sandbox.turn(throttle_per_s=0)
    ProviderState.objects.update(paused_until=None)
    let_waits_end()
    send("sms")
    assert (state_of(message), message.attempts) == (State.SENT, 1)
    assert sandbox.received(alice.mobile) == [message.body]


@pytest.mark.parametrize("fault", ["timeout_rate", "garbage_rate"])
def test_lost_answer_is_asked_after_and_not_sent_again(sandbox, message, alice, monkeypatch, fault):
    monkeypatch.setattr(http_provider, "READ_TIMEOUT_S", 0.5)
    sandbox.turn(**{fault: 1})
    send("sms")
    assert state_of(message) == State.SENDING
    assert last_outcome(message)[0] == Outcome.UNCERTAIN
    let_leases_run_out()
    assert sweep.resolve_lost_messages() == 1
    assert (state_of(message), message.provider_ref) == (State.SENT, "sms-1")
    assert not send("sms")
    assert sandbox.received(alice.mobile) == [message.body]
    assert sandbox.stats()["repeated"] == 0


def test_lost_answer_waits_while_the_provider_is_down_and_is_settled_when_it_is_back(sandbox, message, alice):
    """Nobody knows, so nothing may be concluded: neither "sent" nor "send again"."""
    sandbox.turn(garbage_rate=1)
    send("sms")
    sandbox.stop()
    let_leases_run_out()
    assert sweep.resolve_lost_messages() == 0
    assert (state_of(message), message.sent_at) == (State.SENDING, None)
    assert sweep.resolve_lost_messages() == 0  # asked again after a while only
    assert message.attempt_log.count() == 1

    sandbox.start()
    let_leases_run_out()
    assert sweep.resolve_lost_messages() == 1
    assert state_of(message) == State.SENT
    assert sandbox.received(alice.mobile) == [message.body]


def test_message_that_is_lost_again_and_again_has_an_end(sandbox, message):
    """One that kills every worker that claims it, say."""
    for attempt in range(1, MAX_ATTEMPTS + 1):
        let_waits_end()
        Message.objects.filter(pk=message.pk).update(
            state=State.SENDING, attempts=attempt, lease_until=message.send_after
        )
        assert sweep.resolve_lost_messages() == 1
    assert state_of(message) == State.FAILED
    assert message.reason == f"{MAX_ATTEMPTS} attempts; the last: lost on the way, unknown to the provider"


@pytest.mark.parametrize(
    ("reference", "kept"),
    [("r\\u0000\\u0000", "r??"), ("\\ud800", "?"), ("9" * 5000, "9" * 100)],
)
def test_reference_that_no_database_takes_does_not_cost_the_batch(provider_says, message, reference, kept):
    answer = f'{{"results": [{{"key": "{message.pk}", "status": "accepted", "reference": "{reference}"}}]}}'
    provider_says(200, answer.encode())
    send("sms")
    assert (state_of(message), message.provider_ref) == (State.SENT, kept)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"results": 1}',
        b'{"results": [1]}',
        b'{"results": [{"key": []}]}',
        b'{"results": [{"key": "another", "status": "accepted"}]}',
        b"[" * 200_000,
        b"\xff\xfe\x00",
    ],
)
def test_answer_that_makes_no_sense_leaves_the_message_to_be_asked_after(provider_says, message, body):
    provider_says(200, body)
    send("sms")
    assert state_of(message) == State.SENDING
    assert last_outcome(message)[0] == Outcome.UNCERTAIN


def test_look_up_that_makes_no_sense_concludes_nothing(provider_says, message):
    Message.objects.filter(pk=message.pk).update(state=State.SENDING, attempts=1, lease_until=message.send_after)
    provider_says(200, b"[" * 200_000)
    assert sweep.resolve_lost_messages() == 0
    assert state_of(message) == State.SENDING


@pytest.mark.parametrize(("retry_after", "seconds"), [("nan", 1.0), ("-5", 0.1), ("inf", 300.0), ("tomorrow", 1.0)])
def test_wait_that_makes_no_sense_is_kept_within_bounds(provider_says, message, retry_after, seconds):
    provider_says(429, b"", {"Retry-After": retry_after})
    send("sms")
    assert state_of(message) == State.PENDING
    assert (message.send_after - message.attempt_log.get().ended_at).total_seconds() == seconds
