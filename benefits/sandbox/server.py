"""The HTTP face of the sandbox (the call stands in benefits/http_visits.py). Standard library only."""

import random
import threading
from collections import Counter
from typing import Any

from benefits.sandbox.dials import Dials
from benefits.sandbox.store import Store
from members.dials import BadDial
from members.stand_in import Refused, StandInHandler, StandInServer, parsed

STATES = ("booked", "cancelled")
LONGEST_REFERENCE = 64


class VisitServer(StandInServer):
    def __init__(self, address: tuple[str, int], store: Store, secret: str, seed: int | None) -> None:
        self.store = store
        self.dials = Dials()
        self.random = random.Random(seed)  # noqa: S311 (draws faults)
        self.counts: Counter[str] = Counter()
        self.lock = threading.Lock()
        super().__init__(address, Handler, secret)

    def draws(self, rate: float) -> bool:
        with self.lock:
            return bool(rate) and self.random.random() < rate


class Handler(StandInHandler):
    server: VisitServer
    max_body = 64 * 1024

    def explained(self, refused: Refused) -> dict[str, Any]:
        return {"code": refused.error["code"]}

    def route(self, path: list[str], query: dict[str, str], body: bytes) -> None:
        match (self.command, path):
            case ("PUT", ["bookings", reference]):
                self.hear(reference, parsed(body))
            case ("GET", ["bookings", reference]):
                self.show(reference)
            case ("GET" | "PUT", ["dials"]):
                self.turn(parsed(body) if self.command == "PUT" else {})
            case ("GET", ["stats"]):
                self.answer(200, dict(self.server.counts))
            case _:
                raise Refused(404, "not_found")

    def hear(self, reference: str, told: dict[str, Any]) -> None:
        server, dials = self.server, self.server.dials
        server.counts["told"] += 1
        self.check(reference, told)
        known = server.store.of(reference)
        is_new = known is None or known.version < told["version"]
        server.counts["repeated"] += not is_new
        if is_new and server.draws(dials.server_error_rate):
            raise Refused(500, "server_error")
        if is_new and server.draws(dials.busy_rate):
            server.stopping.wait(dials.latency_ms / 1000)
            return self.answer(200, {"status": "busy", "reference": "", "code": "busy"})
        refused = told["state"] == "booked" and server.draws(dials.refusal_rate)
        outcome = "refused" if refused else "taken"
        kept = server.store.take(reference, told, outcome=outcome, late_s=dials.late_ms / 1000)
        # The answer is late, not the taking.
        server.stopping.wait(dials.latency_ms / 1000)
        if server.draws(dials.timeout_rate):
            self.never_answer()
        elif server.draws(dials.garbage_rate):
            self.write(200, b"<html><body>\xff\xfe It works! </bo", {"Content-Type": "application/json"})
        else:
            self.answer(200, kept.as_json())

    def check(self, reference: str, told: dict[str, Any]) -> None:
        """Raises Refused."""
        version = told.get("version")
        if isinstance(version, bool) or not isinstance(version, int) or version < 1:
            raise Refused(422, "invalid_version")
        if told.get("state") not in STATES:
            raise Refused(422, "invalid_state")
        if not 0 < len(reference) <= LONGEST_REFERENCE:
            raise Refused(422, "invalid_reference")
        if told["state"] == "booked" and not all(isinstance(told.get(name), str) for name in ("site", "starts_at")):
            raise Refused(422, "invalid_visit")

    def show(self, reference: str) -> None:
        """What is kept, for whoever looks on."""
        found = self.server.store.of(reference)
        if found is None:
            raise Refused(404, "not_found")
        visit = {"version": found.version, "state": found.state, "site": found.site, "starts_at": found.starts_at}
        self.answer(200, found.as_json() | visit)

    def turn(self, changes: dict[str, Any]) -> None:
        try:
            self.server.dials = self.server.dials.turned(changes)
        except BadDial as bad:
            raise Refused(422, f"{bad.name} {bad}") from bad
        self.answer(200, self.server.dials.as_json())
