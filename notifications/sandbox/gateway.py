"""One service of the sandbox provider (SMS or WeChat): takes batches, as its dials say. Standard library only."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from notifications.sandbox.dials import Dials
from notifications.sandbox.store import DueReceipt, Kept, Store

MAX_BATCH = 500
MAX_FIELD = {"key": 100, "to": 200, "title": 1_000, "text": 10_000}
READ_AFTER_S = 2.0
#: How far receipts scatter when they come out of order, beside their delay.
SCATTER_S = 1.0


@dataclass(frozen=True)
class Fault:
    """What happens to a whole request: `throttled` and `server_error` before acceptance, the others after."""

    kind: str = ""
    retry_after_s: int = 0


class Gateway:
    """Answers of one service. All methods may be called from many threads."""

    def __init__(self, service: str, store: Store, seed: int | None, on_receipts: Callable[[], None]) -> None:
        self.service = service
        self.store = store
        self.random = random.Random(None if seed is None else f"{seed} {service}")  # noqa: S311 (draws faults)
        self.on_receipts = on_receipts
        self.dials: Dials = store.dials(service)
        self.counts: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.allowance, self.refilled_at = 0.0, 0.0

    def turn(self, dials: Dials) -> None:
        self.store.set_dials(self.service, dials)
        self.dials = dials

    def fault(self, messages: int) -> Fault:
        """Draws what happens to a request of so many messages. One draw per dial that is not at zero."""
        dials = self.dials
        with self.lock:
            wait = self.seconds_to_wait(messages, time.monotonic())
            if wait:
                self.counts["throttled"] += 1
                return Fault("throttled", wait)
            for kind, rate in (
                ("server_error", dials.server_error_rate),
                ("timeout", dials.timeout_rate),
                ("garbage", dials.garbage_rate),
            ):
                if rate and self.random.random() < rate:
                    self.counts[kind] += 1
                    return Fault(kind)
        return Fault()

    def seconds_to_wait(self, messages: int, now: float) -> int:
        """0, and the messages are taken from the allowance, or whole seconds until there is one again.

        A batch may overdraw the allowance: else one that is larger than a second's worth would never pass.
        """
        rate = self.dials.throttle_per_s
        if not rate:
            return 0
        self.allowance = min(float(rate), self.allowance + (now - self.refilled_at) * rate)
        self.refilled_at = now
        if self.allowance > 0:
            self.allowance -= messages
            return 0
        return int(-self.allowance / rate) + 1

    def accept(self, messages: list[Any]) -> list[dict[str, str]]:
        """An answer per message, in order. A known key gets its first answer again and nothing new happens."""
        now = time.time()
        with self.store.lock:
            keys = [m["key"] for m in messages if isinstance(m, dict) and isinstance(m.get("key"), str)]
            known = self.store.answers(self.service, keys)
            self.counts["repeated"] += len(known)
            fresh: list[Kept] = []
            answers = []
            for message in messages:
                fault = invalid(message) or self.refusal(message, known)
                if fault:
                    key = message.get("key", "") if isinstance(message, dict) else ""
                    answers.append({"key": str(key)[: MAX_FIELD["key"]], "status": "rejected", "code": fault})
                    continue
                if message["key"] not in known:
                    number = self.store.newest + len(fresh) + 1
                    code = "number_rejected" if message["to"] in self.dials.reject_numbers else ""
                    kept = Kept(
                        number,
                        message["key"],
                        message["to"],
                        message["title"],
                        message["text"],
                        "" if code else f"{self.service}-{number}",
                        code,
                        now,
                    )
                    known[message["key"]] = kept
                    fresh.append(kept)
                answers.append(answer(known[message["key"]]))
            receipts = [receipt for kept in fresh if not kept.code for receipt in self.receipts(kept.key, now)]
            if fresh:
                self.store.add(self.service, fresh, receipts)
        if receipts:
            self.on_receipts()
        return answers

    def refusal(self, message: dict[str, str], known: dict[str, Kept]) -> str:
        """The carrier is busy now: not remembered, so that the same key may succeed at another time."""
        rate = self.dials.failure_rate
        if rate and message["key"] not in known and self.random.random() < rate:
            self.counts["busy"] += 1
            return "carrier_busy"
        return ""

    def receipts(self, key: str, now: float) -> list[DueReceipt]:
        """The receipts that will follow an accepted message."""
        dials = self.dials
        if not dials.receipts or (dials.receipt_loss_rate and self.random.random() < dials.receipt_loss_rate):
            return []
        at = now + dials.receipt_delay_ms / 1000
        if dials.receipt_failed_rate and self.random.random() < dials.receipt_failed_rate:
            receipts = [DueReceipt(key, "failed", "absent_subscriber", at, at)]
        else:
            receipts = [DueReceipt(key, "delivered", "", at, at)]
            if dials.receipt_read_rate and self.random.random() < dials.receipt_read_rate:
                receipts.append(DueReceipt(key, "read", "", at + READ_AFTER_S, at + READ_AFTER_S))
        if dials.receipt_duplicate_rate:
            receipts += [again for again in receipts if self.random.random() < dials.receipt_duplicate_rate]
        if dials.receipts_out_of_order:
            # All within one window that begins now, so that a `read` may come before its `delivered`.
            last = max(receipt.at for receipt in receipts) + SCATTER_S
            receipts = [
                DueReceipt(r.key, r.status, r.detail, r.at, self.random.uniform(max(now, r.at), last)) for r in receipts
            ]
        return receipts

    def stats(self) -> dict[str, Any]:
        """Totals of the file, and what happened since the start."""
        return {**self.store.totals(self.service), **{name: self.counts[name] for name in COUNTED}}


COUNTED = ("repeated", "busy", "throttled", "server_error", "timeout", "garbage", "receipts_posted", "receipt_failures")


def answer(kept: Kept) -> dict[str, str]:
    if kept.code:
        return {"key": kept.key, "status": "rejected", "code": kept.code}
    return {"key": kept.key, "status": "accepted", "reference": kept.reference}


def invalid(message: Any) -> str:
    """The error code of a message that is not one, or nothing."""
    if not isinstance(message, dict):
        return "invalid_message"
    for name, longest in MAX_FIELD.items():
        value = message.get(name)
        if not isinstance(value, str) or len(value) > longest or (not value and name != "title"):
            return "invalid_message"
    return ""
