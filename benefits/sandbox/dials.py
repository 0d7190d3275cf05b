"""What can go wrong at a provider's booking system, as dials that anyone may turn. Standard library only."""

from dataclasses import dataclass
from typing import ClassVar

from members.dials import DialBoard


@dataclass(frozen=True)
class Dials(DialBoard):
    """Rates are shares of requests. What was drawn for a version of a booking stays: it is answered alike."""

    LIMITS: ClassVar[dict[str, int]] = {"latency_ms": 60_000, "late_ms": 86_400_000}

    latency_ms: int = 0
    #: What is told is taken, or refused, only so much later; until then it is pending.
    late_ms: int = 0
    #: Refused for good; a cancellation never is.
    refusal_rate: float = 0.0
    #: Not taken; told again it may be.
    busy_rate: float = 0.0
    #: 500, and nobody can tell whether it was taken: here it was not.
    server_error_rate: float = 0.0
    #: Taken, and never answered.
    timeout_rate: float = 0.0
    #: Taken, and answered with nonsense.
    garbage_rate: float = 0.0
