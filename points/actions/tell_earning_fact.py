"""Where packages above tell what happened that may earn points."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from points.actions.earn_points import Outcome, earn_points
from points.earning.facts import EarningFact, checked_fact


def earn(
    *, trigger: str, cause: str, member_id: int | None, occurred_at: datetime, fields: Mapping[str, Any] | None = None
) -> list[Outcome]:
    """Pays what the rules give for it, in the caller's transaction; told again, it changes nothing.

    `trigger`: the code of an event of the catalogue. `cause` never repeats for the trigger and member (at most 110
    characters, no personal data), e.g. `service_request:81`. `fields`: what points/earning/vocabulary.py lists for the
    event, by bare name, a day as date or `YYYY-MM-DD`; the kind of a service is added here. Raises UnknownTrigger,
    UnknownFields, LedgerRefusal.
    """
    fact = EarningFact(trigger, cause, member_id, occurred_at, dict(fields or {}))
    return earn_points(facts=[checked_fact(fact)])
