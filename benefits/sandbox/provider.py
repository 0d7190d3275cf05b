"""A stand-in for providers' booking systems: `python -m benefits.sandbox.provider`.

A process of its own that speaks HTTP, so that a booking can go wrong as it does in life: late, lost, answered with
nonsense (see dials.py). Standard library only: it starts at once and knows nothing of Django.
"""

import argparse
import os
import sys
from pathlib import Path

from benefits.sandbox.server import VisitServer
from benefits.sandbox.store import Store


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benefits.sandbox.provider", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8003, help="0: any free one (the line at the start says which)")
    parser.add_argument("--folder", type=Path, default=Path(os.environ.get("BANYAN_VAR") or "var") / "sandbox")
    parser.add_argument("--seed", type=int, help="draw the same faults for the same requests")
    return parser.parse_args()


def main() -> int:
    """0 when told to stop, 1 when the port is taken, 2 without a secret."""
    options = arguments()
    named = ("VISIT_SYSTEM_SECRET", "SANDBOX_SECRET", "SECRET_KEY")
    secret = next((os.environ[name] for name in named if os.environ.get(name)), "")
    if not secret:
        print("providers' system: no secret is set", file=sys.stderr)  # noqa: T201
        return 2
    try:
        server = VisitServer((options.host, options.port), Store(options.folder), secret, options.seed)
    except OSError as error:
        print(f"providers' system: port {options.port} is not free: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 1

    server.serve_until_told(f"providers' system ready on http://{options.host}:{server.server_port}")
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
