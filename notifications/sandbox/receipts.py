"""Posts receipts to the platform's webhook, in batches, until it takes them. Standard library only."""

import json
import threading
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime

from notifications.sandbox.gateway import Gateway
from notifications.sandbox.store import DueReceipt, Store
from notifications.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign

BATCH = 1_000
TIMEOUT_S = 10
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 15.0

#: Our webhook is never behind the machine's proxy.
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ReceiptPoster(threading.Thread):
    """One thread per service. While the web is down the receipts wait in the store."""

    def __init__(self, gateway: Gateway, store: Store, url: str, secret: str) -> None:
        super().__init__(name=f"receipts {gateway.service}", daemon=True)
        self.gateway, self.store, self.secret = gateway, store, secret
        self.url = f"{url}-{gateway.service}"
        self.wake = threading.Event()
        self.stopping = threading.Event()

    def run(self) -> None:
        wait = FIRST_WAIT_S
        while not self.stopping.is_set():
            receipts = self.store.due_receipts(self.gateway.service, time.time(), BATCH)
            if not receipts:
                self.sleep_until_due()
            elif self.post(receipts):
                self.store.forget_receipts(receipt.id for receipt in receipts)
                self.gateway.counts["receipts_posted"] += len(receipts)
                wait = FIRST_WAIT_S
            else:
                self.gateway.counts["receipt_failures"] += 1
                self.stopping.wait(wait)
                wait = min(wait * 2, LONGEST_WAIT_S)

    def sleep_until_due(self) -> None:
        due_at = self.store.next_due(self.gateway.service)
        self.wake.wait(None if due_at is None else max(0.001, due_at - time.time()))
        self.wake.clear()

    def stop(self) -> None:
        self.stopping.set()
        self.wake.set()

    def post(self, receipts: list[DueReceipt]) -> bool:
        """Whether the web took them."""
        body = json.dumps(
            {
                "receipts": [
                    {
                        "key": receipt.key,
                        "status": receipt.status,
                        "at": datetime.fromtimestamp(receipt.at, UTC).isoformat(),
                        "detail": receipt.detail,
                    }
                    for receipt in receipts
                ]
            }
        ).encode()
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            TIMESTAMP_HEADER: timestamp,
            SIGNATURE_HEADER: sign(self.secret, timestamp, body),
        }
        request = urllib.request.Request(self.url, body, headers, method="POST")  # noqa: S310
        try:
            with opener.open(request, timeout=TIMEOUT_S) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError, ValueError):
            return False
