"""Figures for staff: how the day goes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from notifications.models import Channel, Message, ProviderState

NEARLY_LATE = timedelta(minutes=30)
State = Message.State
#: What only a person can decide.
UNDECIDED = (State.PARKED, State.UNCERTAIN)


@dataclass(frozen=True)
class DayFigures:
    """Messages made since midnight in Shanghai, by channel and state; what is late, nearly late, or undecided."""

    since: datetime
    by_channel: dict[str, dict[str, int]]
    late: int
    nearly_late: int
    needs_a_person: int

    @property
    def total(self) -> int:
        return sum(sum(states.values()) for states in self.by_channel.values())


def figures_of_today() -> DayFigures:
    """Four queries, each served by an index. Late and undecided messages count whenever they were made."""
    now = timezone.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    by_channel: dict[str, dict[str, int]] = {channel: {} for channel in Channel.values}
    counted = Message.objects.filter(created_at__gte=midnight).values_list("channel", "state").annotate(Count("pk"))
    for channel, state, count in counted.order_by():
        by_channel[channel][state] = count
    # Counted one by one: together they would read the whole table.
    waiting = Message.objects.filter(state__in=[State.PENDING, State.SENDING])
    return DayFigures(
        since=midnight,
        by_channel=by_channel,
        late=waiting.filter(due_at__lte=now).count(),
        nearly_late=waiting.filter(due_at__gt=now, due_at__lte=now + NEARLY_LATE).count(),
        needs_a_person=Message.objects.filter(state__in=UNDECIDED).count(),
    )


def paused_providers() -> QuerySet[ProviderState]:
    """The providers that nobody calls for now: they failed too often in a row, or asked for a pause."""
    return ProviderState.objects.filter(paused_until__gt=Now())
