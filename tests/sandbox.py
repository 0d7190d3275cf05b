"""Real processes of the sandboxes for tests, and a small web that collects the receipts of one."""

import json
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import requests

from notifications.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, is_genuine

SECRET = "a secret between provider and platform"


class StandInProcess:
    """`python -m` and `module`, on a free port, with SECRET in the environment as `secret_in`."""

    module: str
    secret_in: str

    def __init__(self, folder: Path, *options: str):
        self.folder, self.options, self.port = folder, options, 0
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["Authorization"] = f"Bearer {SECRET}"
        self.start()

    def arguments(self) -> list[str]:
        return ["--port", str(self.port), "--folder", str(self.folder), *self.options]

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", self.module, *self.arguments()],
            env={**os.environ, self.secret_in: SECRET},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.ready_line = self.process.stdout.readline().strip()
        self.url = self.ready_line.rpartition(" ")[2]
        self.port = int(self.url.rpartition(":")[2])

    def stop(self, sign=signal.SIGINT):
        """The exit status and everything printed after the first line."""
        self.process.send_signal(sign)
        output, errors = self.process.communicate(timeout=10)
        return self.process.returncode, output + errors

    def turn(self, **dials):
        response = self.http.put(self.url + "/dials", json=dials)
        assert response.status_code == 200, response.text


class SandboxProcess(StandInProcess):
    module, secret_in = "notifications.sandbox.provider", "SANDBOX_SECRET"

    def __init__(self, folder: Path, receipts_url: str = "http://127.0.0.1:9/nobody", *options: str):
        self.receipts_url = receipts_url
        super().__init__(folder, *options)

    def arguments(self) -> list[str]:
        return [*super().arguments(), "--receipts-url", self.receipts_url]

    def post(self, *messages, service="sms", **options):
        return self.http.post(f"{self.url}/{service}/messages", json={"messages": list(messages)}, **options)

    def received(self, to, service="sms"):
        """The texts on this phone, newest first."""
        answer = self.http.get(f"{self.url}/{service}/messages", params={"to": to}).json()
        return [message["text"] for message in answer["messages"]]

    def stats(self, service="sms"):
        return self.http.get(self.url + "/stats").json()[service]


class Web:
    """Collects receipts as the platform would; `status` is what it answers."""

    def __init__(self, port=0):
        self.status = 200
        self.posts = []
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                assert is_genuine(
                    SECRET, self.headers[TIMESTAMP_HEADER], self.headers[SIGNATURE_HEADER], body, now=time.time()
                )
                if web.status == 200:
                    web.posts.append((self.path, json.loads(body)["receipts"]))
                self.send_response(web.status)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/receipts/sandbox"
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def receipts(self):
        return [receipt for _, receipts in self.posts for receipt in receipts]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def text(key, to="+8613800000001", text="保费扣款失败", title=""):
    return {"key": key, "to": to, "title": title, "text": text}


def eventually(condition, seconds=10):
    """Waits until `condition()` is true; fails the test when it never is."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


@pytest.fixture
def web():
    web = Web()
    yield web
    web.stop()


@pytest.fixture
def sandbox(tmp_path, web, settings):
    """A provider that posts its receipts to `web`, and the platform's settings pointing at it."""
    process = SandboxProcess(tmp_path / "sandbox", web.url, "--seed", "7")
    settings.SANDBOX_URL, settings.SANDBOX_SECRET = process.url, SECRET
    yield process
    if process.process.poll() is None:
        process.stop()
