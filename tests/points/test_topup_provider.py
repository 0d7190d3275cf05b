"""The sandbox of top-ups, what the platform makes of a provider's answers, and that production wants a real one."""

import json
import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.core.checks import Tags
from django.core.checks.registry import registry

from points.checks import top_ups_are_real
from points.rewards.http_top_ups import HttpTopUps
from points.rewards.providers import Answer, Outcome
from tests.sandbox import SECRET

ORDER = {"reference": "r1", "provider": "telecom_topup", "mobile": "+8613800000001", "product": "PHONE-10"}


def test_it_knows_nothing_of_django():
    code = "import sys, points.sandbox.provider; print('django' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


def test_it_stops_when_told_and_remembers_its_orders(topups):
    assert topups.order().json() == {"status": "delivered", "reference": "T00000001", "code": ""}
    assert topups.stop(signal.SIGTERM) == (0, "")
    topups.start()
    assert topups.order().json()["reference"] == "T00000001"
    assert topups.stats()["repeated"] == 1


def test_the_same_reference_is_the_same_order(topups):
    first = topups.order().json()
    topups.turn(refusal_rate=1)
    assert topups.order().json() == first
    assert topups.order(reference="r2").json()["status"] == "refused"
    assert len(topups.of("+8613800000001")) == 2


def test_whoever_does_not_say_the_secret_is_turned_away(topups):
    topups.http.headers["Authorization"] = "Bearer guess"
    assert topups.order().status_code == 401


@pytest.mark.parametrize("other", [{"mobile": ""}, {"product": 7}, {"reference": "r" * 65}, {"provider": None}])
def test_an_order_that_is_none_is_refused(topups, other):
    assert topups.order(**other).status_code == 422


@pytest.mark.parametrize("dials", [{"speed": 1}, {"busy_rate": 2}, {"latency_ms": -1}, {"refusal_rate": "often"}])
def test_a_dial_that_is_none_changes_nothing(topups, dials):
    before = topups.http.get(topups.url + "/dials").json()
    assert topups.http.put(topups.url + "/dials", json=dials).status_code == 422
    assert topups.http.get(topups.url + "/dials").json() == before


def test_without_a_secret_it_does_not_start():
    started = subprocess.run(
        [sys.executable, "-m", "points.sandbox.provider", "--port", "0"], env={}, capture_output=True, text=True
    )
    assert (started.returncode, started.stderr) == (2, "provider of top-ups: no secret is set\n")


class Says:
    """A provider that answers everything alike."""

    def __init__(self, status, body):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


def said(status):
    return json.dumps({"status": status, "reference": "N1", "code": "why"}).encode()


@pytest.mark.parametrize(
    ("status", "body", "to_order", "to_status"),
    [
        (200, said("delivered"), Outcome.DELIVERED, Outcome.DELIVERED),
        (200, said("pending"), Outcome.PENDING, Outcome.PENDING),
        (200, said("refused"), Outcome.REFUSED, Outcome.REFUSED),
        (200, said("busy"), Outcome.NOT_TAKEN, Outcome.UNCERTAIN),
        (200, said("unknown"), Outcome.UNCERTAIN, Outcome.UNKNOWN),
        (200, said("certainly"), Outcome.UNCERTAIN, Outcome.UNCERTAIN),
        (200, b"[]", Outcome.UNCERTAIN, Outcome.UNCERTAIN),
        (200, b"\xff\xfe", Outcome.UNCERTAIN, Outcome.UNCERTAIN),
        (200, b"[" * 100_000, Outcome.UNCERTAIN, Outcome.UNCERTAIN),
        (302, b"", Outcome.UNCERTAIN, Outcome.UNCERTAIN),
        (401, b"", Outcome.NOT_TAKEN, Outcome.UNCERTAIN),
        # Another server's "not found" does not say that an order is unknown.
        (404, said("unknown"), Outcome.NOT_TAKEN, Outcome.UNCERTAIN),
        (422, b"", Outcome.REFUSED, Outcome.UNCERTAIN),
        (429, b"", Outcome.NOT_TAKEN, Outcome.UNCERTAIN),
        (500, b"", Outcome.UNCERTAIN, Outcome.UNCERTAIN),
        (503, b"", Outcome.UNCERTAIN, Outcome.UNCERTAIN),
    ],
)
def test_what_an_answer_means(settings, status, body, to_order, to_status):
    provider = Says(status, body)
    settings.TOPUP_URL = provider.url
    try:
        assert HttpTopUps().order(**ORDER).outcome is to_order
        assert HttpTopUps().status("r1").outcome is to_status
    finally:
        provider.server.shutdown()
        provider.server.server_close()


def test_a_providers_word_fits_into_the_database(settings):
    body = json.dumps({"status": "refused", "reference": "N\x00" + "9" * 200, "code": "\ud800"}).encode()
    provider = Says(200, body)
    settings.TOPUP_URL = provider.url
    answer = HttpTopUps().order(**ORDER)
    provider.server.shutdown()
    assert (len(answer.reference), answer.reference[:3], answer.code) == (100, "N?9", "?")


@pytest.mark.parametrize("url", ["", "nonsense", "http://127.0.0.1:9"])
def test_nobody_there(settings, url):
    settings.TOPUP_URL = url
    assert HttpTopUps().order(**ORDER) == Answer(Outcome.NOT_TAKEN, code="no connection")
    assert HttpTopUps().status("r1") == Answer(Outcome.UNCERTAIN, code="no connection")


@pytest.fixture
def production(settings):
    """As an installation sets it."""

    def installed(**named):
        settings.DEMO = False
        for name, value in named.items():
            setattr(settings, name, value)
        return [fault.id for fault in top_ups_are_real()]

    return installed


REAL = {
    "TOPUP_PROVIDER": "points.rewards.http_top_ups.HttpTopUps",
    "TOPUP_URL": "https://topups.example/v1",
    "TOPUP_SECRET": SECRET,
}


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, []),
        ({"TOPUP_PROVIDER": ""}, []),
        ({"TOPUP_PROVIDER": "points.rewards.http_top_ups.SandboxTopUps"}, ["points.E001"]),
        ({"TOPUP_PROVIDER": "nowhere.to.be.Found"}, ["points.E001"]),
        ({"TOPUP_URL": "http://topups.example"}, ["points.E002"]),
        ({"TOPUP_SECRET": ""}, ["points.E002"]),
    ],
)
def test_production_wants_a_real_provider_or_none(production, changes, faults):
    assert production(**REAL | changes) == faults


def test_the_demo_may_invent():
    assert top_ups_are_real() == []


def test_it_is_asked_before_the_web_server_starts():
    """portal/wsgi.py runs the checks with this tag."""
    assert top_ups_are_real in registry.get_checks()
    assert Tags.security in top_ups_are_real.tags
