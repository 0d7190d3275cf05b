"""Reading a shard to its end, within bounds, so that workers share the shards."""

import time

from members.consumers.reading import consume

#: A worker gives way after this long; what is left is nudged again.
SECONDS = 10.0
#: How long to stay for events that a running transaction still hides; then the sweep comes back for them. Short: while
#: an import runs for minutes, all shards have such events, and a worker that waits serves nobody.
PATIENCE_SECONDS = 0.2
PAUSE_SECONDS = 0.005
LONGEST_PAUSE_SECONDS = 0.05


def drain(name: str, shard: int, *, seconds: float = SECONDS) -> bool:
    """Consumes `shard` until nothing is left; True when more is left and time is up. Raises as `consume` does."""
    ends = time.monotonic() + seconds
    pause = PAUSE_SECONDS
    hidden_since: float | None = None
    while True:
        consumed = consume(name, shard)
        now = time.monotonic()
        if consumed.read:
            # Once more even when nothing was left: whoever published meanwhile found the shard taken and left.
            if now > ends:
                return consumed.behind
            pause, hidden_since = PAUSE_SECONDS, None
            continue
        if not consumed.behind:
            return False
        hidden_since = hidden_since or now
        if now > ends or now - hidden_since > PATIENCE_SECONDS:
            return False
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
