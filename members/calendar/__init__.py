"""What the calendar finds in the mirror: the twenty scheduled types of docs/feeds.md, last section.

A rule says of one type which date it hangs on (the anchor), when it applies, and what its event tells. The distance
from the anchor to the day of the announcement is the catalogue's (`schedule_offset`).
"""

from collections.abc import Iterator
from typing import Any

from members.calendar.finding import Span
from members.calendar.people import ID_EXPIRING, id_expiring_events
from members.calendar.policies import policy_events
from members.calendar.rules import RULES

TYPES = (*(rule.code for rule in RULES), ID_EXPIRING)


def calendar_events(span: Span) -> Iterator[list[dict[str, Any]]]:
    """CloudEvents of all twenty types that fall due in `span` and have not been raised, in batches of one type."""
    for rule in RULES:
        yield from policy_events(rule, span)
    yield from id_expiring_events(span)


__all__ = ["TYPES", "Span", "calendar_events"]
