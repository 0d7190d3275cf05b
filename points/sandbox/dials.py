"""What can go wrong at a provider of top-ups, as dials that anyone may turn. Standard library only."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

#: The upper end of every dial that is a number and not a rate.
LIMITS = {"latency_ms": 60_000, "late_ms": 86_400_000}


class BadDial(ValueError):
    """No such dial, or a setting that it does not have. `name`: the dial."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail)
        self.name = name


@dataclass(frozen=True)
class Dials:
    """Rates are shares of requests, from 0 to 1. What was drawn for an order stays: it is answered alike ever after."""

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

    def turned(self, changes: dict[str, Any]) -> "Dials":
        """These dials with some of them set anew. Raises BadDial and changes nothing."""
        kinds: dict[str, Any] = {field.name: type(field.default) for field in fields(self)}
        checked = {}
        for name, value in changes.items():
            if name not in kinds:
                raise BadDial(name, "there is no such dial")
            limit = LIMITS.get(name, 1)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= limit:
                raise BadDial(name, f"must be a number from 0 to {limit}")
            checked[name] = kinds[name](value)
        return replace(self, **checked)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
