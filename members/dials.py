"""What can go wrong at a stand-in for a provider, as dials that anyone may turn. Standard library only."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, ClassVar, Self


class BadDial(ValueError):
    """No such dial, or a setting that it does not have. `name`: the dial."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail)
        self.name = name


@dataclass(frozen=True)
class DialBoard:
    """Numbers: rates, from 0 to 1, and what `LIMITS` names, from 0 to its upper end."""

    LIMITS: ClassVar[dict[str, int]] = {}

    def turned(self, changes: dict[str, Any]) -> Self:
        """These dials with some of them set anew. Raises BadDial and changes nothing."""
        kinds: dict[str, Any] = {field.name: type(field.default) for field in fields(self)}
        checked = {}
        for name, value in changes.items():
            if name not in kinds:
                raise BadDial(name, "there is no such dial")
            limit = self.LIMITS.get(name, 1)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= limit:
                raise BadDial(name, f"must be a number from 0 to {limit}")
            checked[name] = kinds[name](value)
        return replace(self, **checked)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
