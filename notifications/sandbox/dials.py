"""What can go wrong at a provider, as dials that anyone may turn. Standard library only."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

#: The upper end of every dial that is a number and not a rate.
LIMITS = {"latency_ms": 60_000, "throttle_per_s": 1_000_000, "receipt_delay_ms": 3_600_000}


class BadDial(ValueError):
    """No such dial, or a setting that it does not have. `name`: the dial."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail)
        self.name = name


@dataclass(frozen=True)
class Dials:
    """One service's settings. Rates are shares from 0 to 1; a lost answer (timeout, garbage) follows acceptance."""

    latency_ms: int = 0
    throttle_per_s: int = 0  # messages; 0: no limit
    failure_rate: float = 0.0  # of messages: busy now, the same key may be tried again
    server_error_rate: float = 0.0  # of requests: 500, nothing accepted
    timeout_rate: float = 0.0  # of requests: accepted, never answered
    garbage_rate: float = 0.0  # of requests: accepted, answered 200 with nonsense
    reject_numbers: tuple[str, ...] = ()  # refused for good
    receipts: bool = True
    receipt_delay_ms: int = 0
    receipt_failed_rate: float = 0.0
    receipt_loss_rate: float = 0.0
    receipt_duplicate_rate: float = 0.0
    receipt_read_rate: float = 0.0  # of delivered messages: a second receipt, `read`
    receipts_out_of_order: bool = False

    def turned(self, changes: dict[str, Any]) -> "Dials":
        """These dials with some of them set anew. Raises BadDial and changes nothing."""
        kinds = {field.name: type(field.default) for field in fields(self)}
        checked: dict[str, Any] = {}
        for name, value in changes.items():
            if name not in kinds:
                raise BadDial(name, "there is no such dial")
            checked[name] = setting(name, kinds[name], value)
        return replace(self, **checked)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def setting(name: str, kind: type, value: Any) -> Any:
    """The value in the dial's own type. Raises BadDial."""
    if kind is bool:
        if isinstance(value, bool):
            return value
        raise BadDial(name, "must be true or false")
    if kind is tuple:
        if isinstance(value, list) and len(value) <= 1000 and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise BadDial(name, "must be a list of at most 1000 strings")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadDial(name, "must be a number")
    limit = LIMITS.get(name, 1)
    if not 0 <= value <= limit or (kind is int and value != int(value)):
        raise BadDial(name, f"must be {'a whole number ' if kind is int else ''}from 0 to {limit}")
    return kind(value)
