"""What can go wrong at a provider of top-ups, as dials that anyone may turn. Standard library only."""

from dataclasses import dataclass
from typing import ClassVar

from members.dials import DialBoard


@dataclass(frozen=True)
class Dials(DialBoard):
    """Rates are shares of requests, from 0 to 1. What was drawn for an order stays: it is answered alike ever after."""

    LIMITS: ClassVar[dict[str, int]] = {"latency_ms": 60_000, "late_ms": 86_400_000}

    latency_ms: int = 0
    #: An order is taken, and done only so much later.
    late_ms: int = 0
    #: Of late orders: refused in the end.
    late_refusal_rate: float = 0.0
    refusal_rate: float = 0.0
    #: Not taken; the same order may succeed another time.
    busy_rate: float = 0.0
    #: 500, and nobody can tell whether it was taken: here it was not.
    server_error_rate: float = 0.0
    #: Taken, and never answered.
    timeout_rate: float = 0.0
    #: Taken, and answered with nonsense.
    garbage_rate: float = 0.0
    #: Questions after an order that are not answered (500).
    deaf_rate: float = 0.0
