"""The HTTP face of the sandbox provider. Standard library only."""

import hmac
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from notifications.sandbox.dials import BadDial
from notifications.sandbox.gateway import MAX_BATCH, Gateway, answer

MAX_BODY = 8 * 1024 * 1024
MAX_PAGE = 200
#: "Never answers" ends here: by then every client has gone.
NEVER_S = 600


class Refused(Exception):
    """A request that gets an error answer. `code`: what a program reads."""

    def __init__(self, status: int, code: str, detail: str = "", pointer: str = "") -> None:
        super().__init__(code)
        self.status = status
        self.error = {"code": code, "detail": detail, "pointer": pointer}


class SandboxServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], gateways: dict[str, Gateway], secret: str) -> None:
        self.gateways = gateways
        self.authorization = f"Bearer {secret}".encode()
        self.stopping = threading.Event()
        super().__init__(address, Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that gives up waiting is what several dials are for.
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SandboxServer
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
            body = self.read_body()
            url = urlsplit(self.path)
            if (self.command, url.path) == ("GET", "/healthz"):
                return self.answer(200, {"status": "ready"})
            given = (self.headers.get("Authorization") or "").encode()
            if not hmac.compare_digest(given, self.server.authorization):
                raise Refused(401, "unauthorized")
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            self.route(url.path, query, body)
        except Refused as refused:
            self.answer(refused.status, {"error": refused.error})

    def route(self, path: str, query: dict[str, str], body: bytes) -> None:
        gateways = self.server.gateways
        match (self.command, path.strip("/").split("/")):
            case ("GET", ["stats"]):
                self.answer(200, {name: gateway.stats() for name, gateway in gateways.items()})
            case ("GET" | "PUT", ["dials"]):
                self.turn_dials(gateways, body)
            case ("GET" | "PUT", [name, "dials"]) if name in gateways:
                self.turn_dials({name: gateways[name]}, body)
            case ("POST", [name, "messages"]) if name in gateways:
                self.take_messages(gateways[name], body)
            case ("GET", [name, "messages"]) if name in gateways:
                self.show_messages(gateways[name], query)
            case _:
                raise Refused(404, "not_found")

    def take_messages(self, gateway: Gateway, body: bytes) -> None:
        batch = parsed(body).get("messages")
        if not isinstance(batch, list):
            raise Refused(422, "invalid", "must be a list", "/messages")
        if len(batch) > MAX_BATCH:
            raise Refused(413, "too_many_messages", f"at most {MAX_BATCH}", "/messages")
        fault = gateway.fault(len(batch))
        if fault.kind == "throttled":
            return self.answer(429, {"error": {"code": "throttled"}}, {"Retry-After": str(fault.retry_after_s)})
        if fault.kind == "server_error":
            self.server.stopping.wait(gateway.dials.latency_ms / 1000)
            raise Refused(500, "server_error")
        answers = gateway.accept(batch)
        # The answer is late, not the acceptance: so a receipt may overtake it, as it does in life.
        self.server.stopping.wait(gateway.dials.latency_ms / 1000)
        if fault.kind == "timeout":
            self.server.stopping.wait(NEVER_S)
            self.close_connection = True
        elif fault.kind == "garbage":
            self.write(200, b"<html><body>\xff\xfe It works! </bo", {"Content-Type": "text/html"})
        else:
            self.answer(200, {"results": answers})

    def show_messages(self, gateway: Gateway, query: dict[str, str]) -> None:
        if "keys" in query:
            keys = query["keys"].split(",")
            if len(keys) > MAX_BATCH:
                raise Refused(413, "too_many_keys", f"at most {MAX_BATCH}")
            known = gateway.store.answers(gateway.service, keys)
            return self.answer(200, {"results": [answer(known[key]) for key in dict.fromkeys(keys) if key in known]})
        if "to" not in query:
            raise Refused(422, "invalid", "name keys or to")
        try:
            before, limit = int(query.get("before", 0)), min(int(query.get("limit", 50)), MAX_PAGE)
        except ValueError as error:
            raise Refused(422, "invalid", "before and limit are whole numbers") from error
        messages = gateway.store.received(gateway.service, query["to"], before, max(1, limit))
        shown = [
            {"id": m.id, "key": m.key, "title": m.title, "text": m.text, "received_at": m.received_at} for m in messages
        ]
        self.answer(200, {"messages": shown, "next": messages[-1].id if len(messages) == limit else None})

    def turn_dials(self, gateways: dict[str, Gateway], body: bytes) -> None:
        if self.command == "PUT":
            changes = parsed(body)
            try:
                turned = {name: gateway.dials.turned(changes) for name, gateway in gateways.items()}
            except BadDial as bad:
                raise Refused(422, "bad_dial", str(bad), f"/{bad.name}") from bad
            for name, dials in turned.items():
                gateways[name].turn(dials)
        self.answer(200, {name: gateway.dials.as_json() for name, gateway in gateways.items()})

    def read_body(self) -> bytes:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            raise Refused(411, "length_required")
        if int(length) > MAX_BODY:
            self.close_connection = True
            raise Refused(413, "too_large", f"at most {MAX_BODY} bytes")
        return self.rfile.read(int(length))

    def answer(self, status: int, content: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        body = json.dumps(content, ensure_ascii=False).encode()
        self.write(status, body, {"Content-Type": "application/json", **(headers or {})})

    def write(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: addresses hold telephone numbers."""


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises Refused."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "not_json") from error
    if not isinstance(content, dict):
        raise Refused(422, "invalid", "must be an object")
    return content
