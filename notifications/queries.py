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
#: What is on its way to a provider.
WAITING = (State.PENDING, State.SENDING)


@dataclass(frozen=True)
class Troubles:
    """How many messages are late or will be soon, and how many wait for a person, whenever they were made."""

    late: int
    nearly_late: int
    parked: int
    uncertain: int

    @property
    def needs_a_person(self) -> int:
        return self.parked + self.uncertain


@dataclass(frozen=True)
class DayFigures:
    """Messages made since midnight in Shanghai, by channel and state, and what is amiss."""

    since: datetime
    by_channel: dict[str, dict[str, int]]
    troubles: Troubles

    @property
    def total(self) -> int:
        return sum(sum(states.values()) for states in self.by_channel.values())


def figures_of_today() -> DayFigures:
    """Four queries, each served by an index."""
    return DayFigures(since=midnight(), by_channel=counts_of_today(), troubles=troubles())


def midnight() -> datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def counts_of_today() -> dict[str, dict[str, int]]:
    """Channel → state → messages made since midnight in Shanghai."""
    by_channel: dict[str, dict[str, int]] = {channel: {} for channel in Channel.values}
    counted = Message.objects.filter(created_at__gte=midnight()).values_list("channel", "state").annotate(Count("pk"))
    for channel, state, count in counted.order_by():
        by_channel[channel][state] = count
    return by_channel


def troubles() -> Troubles:
    """Three queries, each served by an index: counted together, they would read the whole table."""
    now = timezone.now()
    waiting = Message.objects.filter(state__in=WAITING)
    undecided = Message.objects.filter(state__in=UNDECIDED).order_by().values_list("state").annotate(Count("pk"))
    by_state = dict(undecided)
    return Troubles(
        late=waiting.filter(due_at__lte=now).count(),
        nearly_late=waiting.filter(due_at__gt=now, due_at__lte=now + NEARLY_LATE).count(),
        parked=by_state.get(State.PARKED, 0),
        uncertain=by_state.get(State.UNCERTAIN, 0),
    )


def paused_providers() -> QuerySet[ProviderState]:
    """The providers that nobody calls for now: they failed too often in a row, or asked for a pause."""
    return ProviderState.objects.filter(paused_until__gt=Now())
