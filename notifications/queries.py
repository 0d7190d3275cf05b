"""Figures for staff: how the day goes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils import timezone

from notifications.models import Channel, Message

NEARLY_LATE = timedelta(minutes=30)
State = Message.State


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
    """Two queries. Late and undecided messages count whenever they were made."""
    now = timezone.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    by_channel: dict[str, dict[str, int]] = {channel: {} for channel in Channel.values}
    counted = Message.objects.filter(created_at__gte=midnight).values_list("channel", "state").annotate(Count("pk"))
    for channel, state, count in counted.order_by():
        by_channel[channel][state] = count
    waiting = Q(state__in=[State.PENDING, State.SENDING])
    totals = Message.objects.aggregate(
        late=Count("pk", filter=waiting & Q(due_at__lte=now)),
        nearly_late=Count("pk", filter=waiting & Q(due_at__gt=now, due_at__lte=now + NEARLY_LATE)),
        needs_a_person=Count("pk", filter=Q(state__in=[State.PARKED, State.UNCERTAIN])),
    )
    return DayFigures(since=midnight, by_channel=by_channel, **totals)
