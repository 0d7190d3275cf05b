"""Keeping what a consumer could not take, with a reason that staff can read and that holds no personal data."""

import re
import traceback
from collections.abc import Sequence

import structlog
from django.db.models import F
from django.db.models.functions import Now

from members.consumers.isolating import Poison
from members.models import ParkedEvent, PolicyEvent

log = structlog.get_logger(__name__)

ERROR_LENGTH = 500
# Whose exceptions we word ourselves; what others say may quote names, addresses, whole rows.
OUR_PACKAGES = frozenset({"members", "notifications", "points", "benefits", "portal"})
# Phone, card, identity and policy numbers; the event itself is linked, so nothing is lost.
NUMBERS = re.compile(r"\d{7,}")


def park(consumer: str, poison: Poison) -> None:
    """Parks the event, or counts one more attempt where it is parked already."""
    place, reason = where(poison.error), describe(poison.error)
    ParkedEvent.objects.update_or_create(
        consumer=consumer,
        event=poison.event,
        defaults={
            "error": f"{reason}\n{place}",
            "attempts": F("attempts") + 1,
            "parked_at": Now(),
            "settled_at": None,
        },
        create_defaults={"error": f"{reason}\n{place}"},
    )
    log.error(
        "policy_event_parked",
        consumer=consumer,
        event_id=poison.event.pk,
        type=poison.event.type,
        error=type(poison.error).__name__,
        place=place,
    )


def settle(consumer: str, events: Sequence[PolicyEvent]) -> None:
    """What was parked before and has been taken now (after a replay, say) waits for nobody any more."""
    ParkedEvent.objects.unsettled().filter(consumer=consumer, event__in=events).update(settled_at=Now())


def describe(error: Exception) -> str:
    """The exception's type; of our own ones the first line, too, with long numbers masked."""
    kind = type(error)
    if kind.__module__.partition(".")[0] not in OUR_PACKAGES:
        return kind.__name__
    message = next(iter(str(error).splitlines()), "")
    return f"{kind.__name__}: {NUMBERS.sub('…', message)}"[:ERROR_LENGTH]


def where(error: Exception) -> str:
    """The innermost line of our own code that raised, or of whose code it was."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "site-packages" not in frame.filename]
    frame = (own or frames)[-1]
    return f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}"
