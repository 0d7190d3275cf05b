"""How a provider signs what it posts to us. Standard library only: the sandbox provider signs without Django."""

import hashlib
import hmac

TIMESTAMP_HEADER = "X-Banyan-Timestamp"
SIGNATURE_HEADER = "X-Banyan-Signature"
#: A signature older or newer than this is refused, so that a recorded request can't be replayed later.
TOLERANCE_S = 300


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """`sha256=<hex>`: HMAC-SHA-256 over `timestamp.body`; timestamp: whole seconds since 1970."""
    return "sha256=" + hmac.digest(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hex()


def is_genuine(secret: str, timestamp: str, signature: str, body: bytes, *, now: float) -> bool:
    """Whether the holder of `secret` signed this body within the tolerance around `now` (seconds since 1970)."""
    if not timestamp.isascii() or not timestamp.isdigit() or abs(now - int(timestamp)) > TOLERANCE_S:
        return False
    return hmac.compare_digest(sign(secret, timestamp, body).encode(), signature.encode())
