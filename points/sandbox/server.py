"""The HTTP face of the sandbox (the calls stand in points/rewards/http_top_ups.py). Standard library only."""

import random
import threading
from collections import Counter
from typing import Any

from members.dials import BadDial
from members.stand_in import Refused, StandInHandler, StandInServer, parsed
from points.sandbox.dials import Dials
from points.sandbox.store import Store

LONGEST = {"reference": 64, "provider": 40, "mobile": 20, "product": 40}


class TopUpServer(StandInServer):
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
    server: TopUpServer
    max_body = 64 * 1024

    def explained(self, refused: Refused) -> dict[str, Any]:
        return {"code": refused.error["code"]}

    def route(self, path: list[str], query: dict[str, str], body: bytes) -> None:
        match (self.command, path):
            case ("POST", ["topups"]):
                self.take(parsed(body))
            case ("GET", ["topups"]):
                found = self.server.store.of_mobile(query.get("mobile", ""))
                self.answer(200, {"topups": [{"product": t.product, **t.as_json()} for t in found]})
            case ("GET", ["topups", reference]):
                self.tell(reference)
            case ("GET" | "PUT", ["dials"]):
                self.turn(parsed(body) if self.command == "PUT" else {})
            case ("GET", ["stats"]):
                self.answer(200, dict(self.server.counts))
            case _:
                raise Refused(404, "not_found")

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
            self.never_answer()
        elif server.draws(dials.garbage_rate):
            self.write(200, b"<html><body>\xff\xfe It works! </bo", {"Content-Type": "application/json"})
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
