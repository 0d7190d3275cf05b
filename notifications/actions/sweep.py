"""Repair: what workers, brokers and providers lost is found again here, every few seconds."""

from datetime import timedelta

from django.db import transaction
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Value
from django.db.models.functions import Now
from django.utils import timezone

from notifications.actions.escalate import escalate
from notifications.channels.registry import backend_of
from notifications.models import Channel, Message, Priority
from notifications.nudging import nudge_channel

State = Message.State
LOST_AT_ONCE = 500


def nudge_due_channels() -> None:
    """Asks for the sending of every channel that has due messages."""
    due = Message.objects.filter(state=State.PENDING, send_after__lte=timezone.now())
    for channel in Channel.values:
        if channel != Channel.APP and due.filter(channel=channel).exists():
            nudge_channel(channel)
            if due.filter(channel=channel, priority=Priority.CRITICAL).exists():
                nudge_channel(channel, urgent=True)


@transaction.atomic
def expire_overdue_messages() -> int:
    """Ends what is of no use any more (one-time codes). Returns how many."""
    return Message.objects.filter(state=State.PENDING, expires_at__lte=timezone.now()).update(
        state=State.EXPIRED, ended_at=Now()
    )


@transaction.atomic
def escalate_unanswered() -> int:
    """Goes on to the next channel where no receipt came within the route's wait. Returns how many messages."""
    wait = ExpressionWrapper(
        F("event_type__receipt_wait_minutes") * Value(timedelta(minutes=1), DurationField()), DurationField()
    )
    overdue = (
        Message.objects.filter(state=State.SENT)
        .exclude(next_channels=[])
        .annotate(answer_due_at=ExpressionWrapper(F("sent_at") + wait, DateTimeField()))
        .filter(answer_due_at__lte=Now())
        .order_by("pk")
        .values_list("pk", flat=True)[:LOST_AT_ONCE]
    )
    return escalate(Message.objects.filter(pk__in=list(overdue)))


def resolve_lost_messages() -> int:
    """Settles messages whose lease ran out: the provider is asked; who can't tell leaves them uncertain.

    Known to the provider: sent. Unknown to it: pending again. Never resent blindly. Returns how many were settled.
    """
    settled = 0
    for channel in Channel.values:
        if channel != Channel.APP:
            settled += resolve_channel(channel)
    return settled


def resolve_channel(channel: str) -> int:
    lost = Message.objects.filter(channel=channel, state=State.SENDING, lease_until__lte=timezone.now())
    marks = dict(lost.order_by("pk").values_list("pk", "attempts")[:LOST_AT_ONCE])
    if not marks:
        return 0
    backend = backend_of(channel)
    known = backend.look_up([str(pk) for pk in marks])
    with transaction.atomic():
        # Asking took time: only what is still lost, at the same attempt, is settled.
        still = [
            pk
            for pk, attempts in lost.filter(pk__in=marks)
            .select_for_update(skip_locked=True)
            .values_list("pk", "attempts")
            if marks[pk] == attempts
        ]
        if known is None:
            lost.filter(pk__in=still).update(
                state=State.UNCERTAIN,
                reason="the answer was lost and this provider can't tell what it did",
                provider=backend.name,
                lease_until=None,
                ended_at=Now(),
            )
        else:
            sent = [pk for pk in still if str(pk) in known]
            lost.filter(pk__in=sent).update(state=State.SENT, provider=backend.name, lease_until=None, sent_at=Now())
            lost.filter(pk__in=set(still) - set(sent)).update(state=State.PENDING, lease_until=None, send_after=Now())
    return len(still)
