"""The HTTP face of the sandbox (the calls stand in points/rewards/http_top_ups.py). Standard library only."""

import hmac
import json
import random
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from points.sandbox.dials import BadDial, Dials
from points.sandbox.store import Store

MAX_BODY = 64 * 1024
LONGEST = {"reference": 64, "provider": 40, "mobile": 20, "product": 40}
#: "Never answers" ends here: by then every client has gone.
NEVER_S = 600


class Refused(Exception):
    """A request that gets an error answer."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class TopUpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], store: Store, secret: str, seed: int | None) -> None:
        self.store = store
        self.authorization = f"Bearer {secret}".encode()
        self.dials = Dials()
        self.random = random.Random(seed)  # noqa: S311 (draws faults)
        self.counts: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        super().__init__(address, Handler)

    def draws(self, rate: float) -> bool:
        with self.lock:
            return bool(rate) and self.random.random() < rate

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that gives up waiting is what a dial is for.
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: TopUpServer
    # Headers and body leave in one piece: two small packets would wait for the client's delayed ACK (40 ms).
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 120

    def do_GET(self) -> None:
        self.respond()

    def do_POST(self) -> None:
        self.respond()

    def do_PUT(self) -> None:
        self.respond()

    def respond(self) -> None:
        try:
            body, url = self.read_body(), urlsplit(self.path)
            if (self.command, url.path) == ("GET", "/healthz"):
                return self.answer(200, {"status": "ready"})
            given = (self.headers.get("Authorization") or "").encode()
            if not hmac.compare_digest(given, self.server.authorization):
                raise Refused(401, "unauthorized")
            match (self.command, url.path.strip("/").split("/")):
                case ("POST", ["topups"]):
                    self.take(parsed(body))
                case ("GET", ["topups"]):
                    mobile = parse_qs(url.query).get("mobile", [""])[0]
                    found = self.server.store.of_mobile(mobile)
                    self.answer(200, {"topups": [{"product": t.product, **t.as_json()} for t in found]})
                case ("GET", ["topups", reference]):
                    self.tell(reference)
                case ("GET" | "PUT", ["dials"]):
                    self.turn(parsed(body) if self.command == "PUT" else {})
                case ("GET", ["stats"]):
                    self.answer(200, dict(self.server.counts))
                case _:
                    raise Refused(404, "not_found")
        except Refused as refused:
            self.answer(refused.status, {"code": refused.code})

    def take(self, order: dict[str, Any]) -> None:
        server, dials = self.server, self.server.dials
        server.counts["orders"] += 1
        for name, longest in LONGEST.items():
            if not isinstance(order.get(name), str) or not 0 < len(order[name]) <= longest:
                raise Refused(422, f"invalid_{name}")
        known = server.store.of(order["reference"])
        server.counts["repeated"] += bool(known)
        if not known and server.draws(dials.server_error_rate):
            raise Refused(500, "server_error")
        if not known and server.draws(dials.busy_rate):
            server.stopping.wait(dials.latency_ms / 1000)
            return self.answer(200, {"status": "busy", "code": "carrier_busy"})
        refused = server.draws(dials.late_refusal_rate if dials.late_ms else dials.refusal_rate)
        taken = server.store.take(
            {name: order[name] for name in LONGEST},
            outcome="refused" if refused else "delivered",
            code="number_rejected" if refused else "",
            late_s=dials.late_ms / 1000,
        )
        # The answer is late, not the taking.
        server.stopping.wait(dials.latency_ms / 1000)
        if server.draws(dials.timeout_rate):
            server.stopping.wait(NEVER_S)
            self.close_connection = True
        elif server.draws(dials.garbage_rate):
            self.write(200, b"<html><body>\xff\xfe It works! </bo")
        else:
            self.answer(200, taken.as_json())

    def tell(self, reference: str) -> None:
        self.server.counts["questions"] += 1
        if self.server.draws(self.server.dials.deaf_rate):
            raise Refused(500, "server_error")
        found = self.server.store.of(reference)
        self.answer(200, found.as_json() if found else {"status": "unknown", "reference": "", "code": ""})

    def turn(self, changes: dict[str, Any]) -> None:
        try:
            self.server.dials = self.server.dials.turned(changes)
        except BadDial as bad:
            raise Refused(422, f"{bad.name} {bad}") from bad
        self.answer(200, self.server.dials.as_json())

    def read_body(self) -> bytes:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > MAX_BODY:
            self.close_connection = True
            raise Refused(413, "too_large")
        return self.rfile.read(int(length))

    def answer(self, status: int, content: dict[str, Any]) -> None:
        self.write(status, json.dumps(content).encode())

    def write(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: an address may hold a telephone number."""


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises Refused."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "not_json") from error
    if not isinstance(content, dict):
        raise Refused(422, "must be an object")
    return content
