"""How many members sign in by code in a second, by real HTTP from the number to the page behind; require_assurance.

`python -m tests.benchmarks.signin [LOGINS] [CLIENTS]`; the last line is one JSON object. The demo's own web server,
urgent worker and sandbox provider run on this machine, and so do the clients: each asks for a code, reads it from the
phone's messages at the provider, and enters it. Every number has an account and signs in once. Then the entering alone,
of codes that have arrived: what the web server does for a sign-in while no text message is on its way.
"""

import http.client
import json
import os
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Thread
from typing import Any
from urllib.parse import quote, urlencode, urlparse

from tests.stage import Stage

TOKEN = "c" * 32  # a visitor's own CSRF cookie, sent back in the form
CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
PATIENCE_S = 30


class Visitor:
    """A client with two connections that stay open: to the site, and to the provider for what the phone received."""

    def __init__(self, site: str, provider: str) -> None:
        self.site = http.client.HTTPConnection(urlparse(site).netloc, timeout=PATIENCE_S)
        self.provider = http.client.HTTPConnection(urlparse(provider).netloc, timeout=PATIENCE_S)
        self.secret = ""

    def post(self, path: str, session: str, **fields: str) -> tuple[int, str, str]:
        """Status, address that it leads to, and the session's cookie."""
        cookies = f"csrftoken={TOKEN}" + (f"; sessionid={session}" if session else "")
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookies}
        self.site.request("POST", path, urlencode({"csrfmiddlewaretoken": TOKEN, **fields}), headers)
        answer = self.site.getresponse()
        answer.read()
        cookie = next((c for c in answer.headers.get_all("Set-Cookie", []) if c.startswith("sessionid=")), "")
        return answer.status, answer.headers.get("Location", ""), cookie.partition("=")[2].partition(";")[0] or session

    def code(self, mobile: str) -> str:
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            self.provider.request(
                "GET", f"/sms/messages?to={quote(mobile)}", headers={"Authorization": f"Bearer {self.secret}"}
            )
            messages = json.loads(self.provider.getresponse().read())["messages"]
            if messages:
                found = CODE.search(messages[0]["text"])
                assert found
                return found[0]
            time.sleep(0.05)
        raise AssertionError(f"no code arrived within {PATIENCE_S} s")

    def ask(self, mobile: str) -> tuple[str, str]:
        """The session and the code that belongs to it."""
        status, onward, session = self.post("/sign-in", "", mobile=mobile)
        assert (status, onward) == (302, "/sign-in/code"), (status, onward)
        return session, self.code(mobile)

    def enter(self, asked: tuple[str, str]) -> None:
        session, code = asked
        status, onward, _ = self.post("/sign-in/code", session, code=code)
        assert (status, onward) == (302, "/"), (status, onward)

    def sign_in(self, mobile: str) -> None:
        self.enter(self.ask(mobile))


def numbers(count: int) -> Iterator[str]:
    return (f"+86138{number:08d}" for number in range(count))


@dataclass(frozen=True)
class Done:
    """What each step gave, how long each took, and how many there were in a second."""

    results: list[Any]
    took: list[float]
    per_second: float


def together(stage: Stage, step: Callable[[Visitor, Any], Any], things: list[Any], clients: int) -> Done:
    """`step` for each of `things`, by so many visitors at once."""
    waiting: Queue[Any] = Queue()
    for thing in things:
        waiting.put(thing)
    results: list[Any] = []
    took: list[float] = []
    failed: list[BaseException] = []

    def work() -> None:
        visitor = Visitor(stage.url, stage.sandbox)
        visitor.secret = stage.env["SECRET_KEY"]
        try:
            while True:
                thing = waiting.get_nowait()
                began = time.monotonic()
                results.append(step(visitor, thing))
                took.append(time.monotonic() - began)
        except Empty:
            return
        except BaseException as error:
            failed.append(error)

    threads = [Thread(target=work) for _ in range(clients)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return Done(results, sorted(took), len(took) / (time.monotonic() - began))


def assurance_ms() -> float:
    """The median of require_assurance for an action that asks for level and code, on an account that has both."""
    from members.actions.record_proof import record_proof
    from members.assurance import Context, require_assurance
    from members.entrances import Entrance
    from members.models import Factor, LevelGrant, Member

    member = Member.objects.get(pk=1)
    LevelGrant.objects.create(
        member=member, level=2, method="identity_match", evidence="benchmark", entrance=Entrance.WEB
    )
    record_proof(member=member, factor=Factor.CODE, session="s", entrance=Entrance.WEB)
    context = Context(entrance=Entrance.WEB, session="s")
    took = []
    for _ in range(1_000):
        began = time.perf_counter()
        require_assurance(member, "contact.change", context)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def make_members(mobiles: list[str]) -> None:
    from members.copying import copy_objects
    from members.crypto import blind_index
    from members.models import Member

    copy_objects(
        [
            Member(
                mobile=mobile,
                mobile_index=blind_index(mobile, "mobile"),
                name="王小明",
                password="!",
                email="",
                created_at="2026-01-01T00:00:00Z",
            )
            for mobile in mobiles
        ]
    )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    clients = int(sys.argv[2]) if len(sys.argv) > 2 else 16
    stage = Stage()
    try:
        # All visitors come from one address here.
        stage.env["SIGN_INS_PER_ADDRESS_PER_HOUR"] = str(10**9)
        stage.manage("migrate", "--verbosity", "0")
        stage.manage("load_catalogue")
        stage.manage("collectstatic", "--no-input", "--verbosity", "0")
        os.environ |= stage.env
        import django

        django.setup()
        warm_up = 50
        mobiles = list(numbers(count + warm_up))
        make_members(mobiles)
        stage.start("web", "sandbox", "worker-urgent")
        stage.wait_until_ready()
        together(stage, Visitor.sign_in, mobiles[:warm_up], clients)
        half = warm_up + count // 2
        whole = together(stage, Visitor.sign_in, mobiles[warm_up:half], clients)
        asked = together(stage, Visitor.ask, mobiles[half:], clients)
        entered = together(stage, Visitor.enter, asked.results, clients)
        sys.stdout.write(
            f"{len(whole.took)} sign-ins by {clients} clients: {whole.per_second:.0f}/s, "
            f"median {statistics.median(whole.took):.2f} s, p95 {whole.took[int(len(whole.took) * 0.95)]:.2f} s "
            f"(the code's way included); entering the code alone: {entered.per_second:.0f}/s\n"
        )
        found = {
            "benchmark": "signin",
            "logins_per_s": round(whole.per_second, 1),
            "entered_per_s": round(entered.per_second, 1),
            "require_assurance_ms": round(assurance_ms(), 3),
        }
        sys.stdout.write(json.dumps(found) + "\n")
    finally:
        stage.stop()


if __name__ == "__main__":
    main()
