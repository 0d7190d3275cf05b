"""A web server that stands in for a provider's and goes wrong when it is asked to. Standard library only.

It starts at once and knows nothing of Django.
"""

import hmac
import json
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

#: "Never answers" ends here: by then every client has gone.
NEVER_S = 600


class Refused(Exception):
    """A request that gets an error answer. `code`: what a program reads."""

    def __init__(self, status: int, code: str, detail: str = "", pointer: str = "") -> None:
        super().__init__(code)
        self.status = status
        self.error = {"code": code, "detail": detail, "pointer": pointer}


class StandInServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type["StandInHandler"], secret: str) -> None:
        self.authorization = f"Bearer {secret}".encode()
        self.stopping = threading.Event()
        super().__init__(address, handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that gives up waiting is what several dials are for.
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def serve_until_told(self, ready: str) -> None:
        """Until SIGINT or SIGTERM. `ready`: what is printed once requests are taken."""

        def stop(*_: object) -> None:
            self.stopping.set()
            # shutdown() waits for serve_forever, which this signal has interrupted: so from another thread.
            threading.Thread(target=self.shutdown).start()

        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)
        print(ready, flush=True)  # noqa: T201
        self.serve_forever(poll_interval=0.1)


class StandInHandler(BaseHTTPRequestHandler):
    """Whoever says the secret is heard by `route`."""

    protocol_version = "HTTP/1.1"
    server: StandInServer
    # Headers and body leave in one piece: two small packets would wait for the client's delayed ACK (40 ms).
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 120
    max_body: int

    def route(self, path: list[str], query: dict[str, str], body: bytes) -> None:
        """Answers. Raises Refused."""
        raise NotImplementedError

    def explained(self, refused: Refused) -> dict[str, Any]:
        return {"error": refused.error}

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
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            self.route(url.path.strip("/").split("/"), query, body)
        except Refused as refused:
            self.answer(refused.status, self.explained(refused))

    def read_body(self) -> bytes:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            raise Refused(411, "length_required")
        if int(length) > self.max_body:
            self.close_connection = True
            raise Refused(413, "too_large", f"at most {self.max_body} bytes")
        return self.rfile.read(int(length))

    def answer(self, status: int, content: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        body = json.dumps(content, ensure_ascii=False).encode()
        self.write(status, body, {"Content-Type": "application/json", **(headers or {})})

    def never_answer(self) -> None:
        self.server.stopping.wait(NEVER_S)
        self.close_connection = True

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
