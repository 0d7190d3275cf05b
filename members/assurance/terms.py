"""What an action asks for: level, factor, freshness, entrances. Defaults are data; staff may replace them."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from members.entrances import Entrance
from members.models import Factor, Level
from members.models.action_policy import PolicyTerms

#: The fields of PolicyTerms.
TERMS = (
    "action",
    "amount_from",
    "level",
    "factors",
    "fresh_minutes",
    "bound",
    "entrances",
    "hold_hours",
    "waits_after_change",
)
DEFAULTS = Path(__file__).parent / "defaults.csv"


class UnknownAction(LookupError):
    """No terms are known for this action: nobody may do it."""


@dataclass(frozen=True)
class Terms:
    """For `action` from `amount_from` CNY upwards. Any one of `factors`, at most `fresh` old; none asked if empty.

    `bound`: the proof was given for this very request and is used up by it. `hold`: how long what was allowed is held
    back before it takes effect. `waits_after_change`: refused in the cooling time after a change of phone.
    """

    action: str
    amount_from: Decimal
    level: Level
    factors: tuple[Factor, ...]
    fresh: timedelta
    bound: bool
    entrances: tuple[Entrance, ...]
    hold: timedelta
    waits_after_change: bool

    @classmethod
    def of_model(cls, stored: PolicyTerms) -> "Terms":
        return cls.of_row({name: getattr(stored, name) for name in TERMS})

    def fields(self) -> dict[str, Any]:
        """The inverse: by the names of PolicyTerms."""
        return {
            "action": self.action,
            "amount_from": self.amount_from,
            "level": self.level,
            "factors": list(self.factors),
            "fresh_minutes": self.fresh // timedelta(minutes=1),
            "bound": self.bound,
            "entrances": list(self.entrances),
            "hold_hours": self.hold // timedelta(hours=1),
            "waits_after_change": self.waits_after_change,
        }

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> "Terms":
        """From the fields of ActionPolicy by name."""
        return cls(
            action=row["action"],
            amount_from=Decimal(str(row["amount_from"])),  # JSON has it as a float
            level=Level(row["level"]),
            factors=tuple(Factor(name) for name in row["factors"]),
            fresh=timedelta(minutes=row["fresh_minutes"]),
            bound=row["bound"],
            entrances=tuple(Entrance(name) for name in row["entrances"]),
            hold=timedelta(hours=row["hold_hours"]),
            waits_after_change=row["waits_after_change"],
        )


@cache
def default_rows() -> tuple[dict[str, str], ...]:
    with DEFAULTS.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def action_name(action: str, language: str) -> str:
    """What people call the action, in Chinese or English; its code where it is not known (any more)."""
    for row in default_rows():
        if row["action"] == action:
            return row["name_zh"] if language.startswith("zh") else row["name_en"]
    return action


@cache
def default_terms() -> dict[str, tuple[Terms, ...]]:
    """The terms that hold where staff have approved none, by action, the smallest amount first."""
    found: dict[str, list[Terms]] = {}
    for row in default_rows():
        terms = Terms.of_row(
            row
            | {
                "level": Level[row["level"].upper()],
                "factors": row["factors"].split("|") if row["factors"] else [],
                "entrances": row["entrances"].split("|"),
                "fresh_minutes": int(row["fresh_minutes"]),
                "hold_hours": int(row["hold_hours"]),
                "bound": row["bound"] == "yes",
                "waits_after_change": row["waits_after_change"] == "yes",
            }
        )
        found.setdefault(terms.action, []).append(terms)
    return {action: tuple(sorted(steps, key=lambda terms: terms.amount_from)) for action, steps in found.items()}


def terms_for(action: str, amount: Decimal | None, approved: Sequence[dict[str, Any]]) -> Terms:
    """The terms with the highest amount not above `amount`; approved ones replace the default of the same amount.

    Without an amount, the highest: an action that doesn't say how much may be about everything. Raises UnknownAction.
    """
    steps = {terms.amount_from: terms for terms in default_terms().get(action, ())}
    steps |= {terms.amount_from: terms for terms in map(Terms.of_row, approved)}
    within = [terms for start, terms in steps.items() if amount is None or start <= amount]
    if not within:
        raise UnknownAction(action)
    return max(within, key=lambda terms: terms.amount_from)
