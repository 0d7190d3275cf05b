"""SMS and WeChat against the real provider process: every fault is classified, once and rightly."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from notifications.channels import Outgoing, http_provider, put_off
from notifications.channels.http_provider import HttpProvider
from notifications.models import Attempt

Outcome = Attempt.Outcome


@pytest.fixture
def sms():
    return HttpProvider(name="sandbox-sms", service="sms")


def outgoing(key, address="+8613800000001", body="保费扣款失败"):
    return Outgoing(key, address, "", body, "zh-hans", f"policy:{key}", "c1", None, 1)


def outcomes(results):
    return {result.key: result.outcome for result in results}


def test_it_works(sandbox, sms):
    results = sms.send([outgoing("1"), outgoing("2", body="第二条")])
    assert outcomes(results) == {"1": Outcome.ACCEPTED, "2": Outcome.ACCEPTED}
    assert [result.reference for result in results] == ["sms-1", "sms-2"]
    assert sandbox.received("+8613800000001") == ["第二条", "保费扣款失败"]


def test_wechat_has_a_service_of_its_own(sandbox):
    wechat = HttpProvider(name="sandbox-wechat", service="wechat")
    wechat.send([outgoing("1", address="openid-1", body="您好")])
    assert sandbox.received("openid-1", "wechat") == ["您好"]
    assert sandbox.received("openid-1", "sms") == []


def test_a_server_error_is_temporary(sandbox, sms):
    sandbox.turn(server_error_rate=1)
    assert outcomes(sms.send([outgoing("1"), outgoing("2")])) == {"1": Outcome.TEMPORARY, "2": Outcome.TEMPORARY}


def test_throttling_says_when_to_come_back(sandbox, sms):
    sandbox.turn(throttle_per_s=1)
    sms.send([outgoing(str(n)) for n in range(10)])
    (result,) = sms.send([outgoing("later")])
    assert result.outcome == Outcome.THROTTLED
    assert result.retry_after_s in (9.0, 10.0)
    assert result.detail == f"HTTP 429, retry after {result.retry_after_s:g} s"


def test_no_answer_in_time_is_uncertain_and_can_be_looked_up(sandbox, sms, monkeypatch):
    monkeypatch.setattr(http_provider, "READ_TIMEOUT_S", 0.3)
    sandbox.turn(timeout_rate=1)
    assert outcomes(sms.send([outgoing("1")])) == {"1": Outcome.UNCERTAIN}
    found = sms.look_up(["1", "never sent"])
    assert {key: (result.outcome, result.reference) for key, result in found.items()} == {
        "1": (Outcome.ACCEPTED, "sms-1")
    }


def test_an_unreadable_answer_is_uncertain(sandbox, sms):
    sandbox.turn(garbage_rate=1)
    assert outcomes(sms.send([outgoing("1")])) == {"1": Outcome.UNCERTAIN}


def test_a_refused_connection_is_temporary_and_a_look_up_waits(sandbox, sms):
    sandbox.stop()
    (result,) = sms.send([outgoing("1")])
    assert (result.outcome, result.detail) == (Outcome.TEMPORARY, "connection refused")
    assert outcomes(sms.look_up(["1"]).values()) == {"1": Outcome.UNCERTAIN}


@pytest.mark.parametrize("url", ["", "sms.example", "ftp://sms.example", "http://"])
def test_without_an_address_nothing_can_have_been_sent(sms, settings, url):
    """Taken for uncertain, the messages would be asked after for ever, and the next channel never tried."""
    settings.SANDBOX_URL = url
    (result,) = sms.send([outgoing("1")])
    assert (result.outcome, result.detail) == (Outcome.TEMPORARY, "no provider is set up")


def test_a_connection_lost_after_sending_is_uncertain(settings, sms):
    """A listener that reads the request and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        settings.SANDBOX_URL = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def hang_up():
            connection, _ = listener.accept()
            with connection:
                connection.recv(1)

        pool.submit(hang_up)
        (result,) = sms.send([outgoing("1")])
    assert (result.outcome, result.detail) == (Outcome.UNCERTAIN, "connection lost")


def test_wrong_credentials_do_not_cost_the_messages(sandbox, sms, settings):
    settings.SANDBOX_SECRET = "wrong"
    (result,) = sms.send([outgoing("1")])
    assert (result.outcome, result.detail) == (Outcome.TEMPORARY, "HTTP 401")


def test_single_messages_fail_for_good_or_for_now(sandbox, sms):
    sandbox.turn(reject_numbers=["+8613800000002"])
    results = sms.send([outgoing("1"), outgoing("2", address="+8613800000002")])
    assert outcomes(results) == {"1": Outcome.ACCEPTED, "2": Outcome.PERMANENT}
    sandbox.turn(failure_rate=1)
    (busy,) = sms.send([outgoing("3")])
    assert (busy.outcome, busy.detail) == (Outcome.TEMPORARY, "carrier_busy")
    sandbox.turn(failure_rate=0)
    assert outcomes(sms.send([outgoing("3")])) == {"3": Outcome.ACCEPTED}


def test_a_batch_that_is_too_large_goes_in_parts(sandbox, sms):
    results = sms.send([outgoing(str(n)) for n in range(501)])
    assert len(results) == 501
    assert set(outcomes(results).values()) == {Outcome.ACCEPTED}
    assert sandbox.stats()["accepted"] == 501


@pytest.fixture
def picky(settings):
    """A provider that refuses the content of every request, and takes its time; the requests it got."""
    requests = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            requests.append(self.rfile.read(int(self.headers["Content-Length"])))
            time.sleep(0.05)
            self.send_response(422)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    settings.SANDBOX_URL = f"http://127.0.0.1:{server.server_port}"
    yield requests
    server.shutdown()
    server.server_close()


def test_halving_a_refused_batch_ends_before_the_lease_does(picky, sms, monkeypatch):
    """To the end it would take 127 requests, and another worker would have the messages in hand by then."""
    monkeypatch.setattr(http_provider, "TURN_S", 0.6)
    results = sms.send([outgoing(str(n)) for n in range(64)])
    assert [result.key for result in results] == [str(n) for n in range(64)]
    refused = [result for result in results if result.outcome == Outcome.PERMANENT]
    assert len(picky) <= 13
    assert results[len(refused) :] == [put_off(str(n)) for n in range(len(refused), 64)]
    assert put_off("1").outcome == Outcome.THROTTLED  # which counts no attempt
    assert not put_off("1").called


def test_an_answer_that_leaves_a_message_out_leaves_it_uncertain():
    answered = {"key": "1", "status": "accepted", "reference": "r"}
    assert http_provider.result_of("1", answered).outcome == Outcome.ACCEPTED
    assert http_provider.result_of("2", None).outcome == Outcome.UNCERTAIN
    assert http_provider.result_of("3", {"key": "3", "status": "perhaps"}).outcome == Outcome.UNCERTAIN


def test_sending_the_same_key_again_shows_it_once(sandbox, sms):
    first = sms.send([outgoing("1")])
    assert sms.send([outgoing("1")]) == first
    assert sandbox.received("+8613800000001") == ["保费扣款失败"]
