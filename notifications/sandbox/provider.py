"""A stand-in for an SMS gateway and for WeChat's template messages: `python -m notifications.sandbox.provider`.

A process of its own that speaks HTTP, so that what is sent to it can go wrong as it does in life: late, throttled,
lost, answered with nonsense (see dials.py). Standard library only: it starts at once and knows nothing of Django.
"""

import argparse
import os
import sys
from pathlib import Path

from notifications.sandbox.gateway import Gateway
from notifications.sandbox.receipts import ReceiptPoster
from notifications.sandbox.server import SandboxServer
from notifications.sandbox.store import KEEP, Store

SERVICES = ("sms", "wechat")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m notifications.sandbox.provider", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001, help="0: any free one (the line at the start says which)")
    parser.add_argument(
        "--receipts-url",
        default=os.environ.get("SANDBOX_RECEIPTS_URL", "http://127.0.0.1:8000/api/v1/receipts/sandbox"),
        help="where receipts go; -sms or -wechat is appended (environment: SANDBOX_RECEIPTS_URL)",
    )
    parser.add_argument("--folder", type=Path, default=Path(os.environ.get("BANYAN_VAR") or "var") / "sandbox")
    parser.add_argument("--seed", type=int, help="draw the same faults for the same requests")
    parser.add_argument("--keep", type=int, default=KEEP, help="messages that are kept, the newest ones")
    return parser.parse_args()


def main() -> int:
    """0 when told to stop, 1 when the port is taken, 2 without a secret."""
    options = arguments()
    secret = os.environ.get("SANDBOX_SECRET") or os.environ.get("SECRET_KEY")
    if not secret:
        print("sandbox provider: neither SANDBOX_SECRET nor SECRET_KEY is set", file=sys.stderr)  # noqa: T201
        return 2
    posters: list[ReceiptPoster] = []

    def wake_posters() -> None:
        for poster in posters:
            poster.wake.set()

    store = Store(options.folder, options.keep)
    gateways = {name: Gateway(name, store, options.seed, wake_posters) for name in SERVICES}
    try:
        server = SandboxServer((options.host, options.port), gateways, secret)
    except OSError as error:
        print(f"sandbox provider: port {options.port} is not free: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 1
    posters += [ReceiptPoster(gateway, store, options.receipts_url, secret) for gateway in gateways.values()]
    for poster in posters:
        poster.start()

    server.serve_until_told(f"sandbox provider ready on http://{options.host}:{server.server_port}")
    for poster in posters:
        poster.stop()
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
