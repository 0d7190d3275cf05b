"""What proofs know a session by."""

from members.crypto import keyed_hash


def session_of(key: str | None) -> str:
    """The mark of a web session or app token that proofs carry: a keyed hash, so that a stolen table opens nothing."""
    return keyed_hash((key or "").encode(), "session").hex() if key else ""
