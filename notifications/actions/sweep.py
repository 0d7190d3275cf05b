"""Repair: what workers, brokers and providers lost is found again here, every few seconds."""

from datetime import timedelta

from django.db import transaction
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Value
from django.db.models.functions import Now
from django.utils import timezone

from notifications.actions.escalate import escalate
from notifications.actions.send_due import record
from notifications.channels import Result
from notifications.channels.registry import backend_of
from notifications.models import Attempt, Channel, Message, Priority
from notifications.nudging import nudge_channel
from notifications.outcomes import UNCERTAIN_LEASE

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

    Known to the provider: what it answered. Unknown to it: tried again, as after any failure for now. A provider that
    can't be asked now is asked again soon. Never resent blindly. Returns how many were settled. A channel that can't
    be repaired holds up no other; raises ExceptionGroup after the last.
    """
    settled, errors = 0, []
    for channel in Channel.values:
        if channel != Channel.APP:
            try:
                settled += resolve_channel(channel)
            except Exception as error:
                errors.append(error)
    if errors:
        raise ExceptionGroup("channels that were not repaired", errors)
    return settled


def resolve_channel(channel: str) -> int:
    lost = Message.objects.filter(channel=channel, state=State.SENDING, lease_until__lte=timezone.now())
    marks = dict(lost.order_by("pk").values_list("pk", "attempts")[:LOST_AT_ONCE])
    if not marks:
        return 0
    backend = backend_of(channel)
    asked_at = timezone.now()
    known = backend.look_up([str(pk) for pk in marks])
    with transaction.atomic():
        # Asking took time: only what is still lost, at the same attempt, is settled.
        still = [
            message
            for message in lost.filter(pk__in=marks)
            .only("attempts", "priority")
            .order_by("pk")
            .select_for_update(skip_locked=True)
            if marks[message.pk] == message.attempts
        ]
        if known is None:
            lost.filter(pk__in=[message.pk for message in still]).update(
                state=State.UNCERTAIN,
                reason="the answer was lost and this provider can't tell what it did",
                provider=backend.name,
                lease_until=None,
                ended_at=Now(),
            )
            return len(still)
        results = [known.get(str(message.pk)) or unknown(message) for message in still]
        unasked = {int(result.key) for result in results if result.outcome == Attempt.Outcome.UNCERTAIN}
        lost.filter(pk__in=unasked).update(lease_until=timezone.now() + UNCERTAIN_LEASE)
        settled = [message for message in still if message.pk not in unasked]
        if settled:
            record(settled, results, provider=backend.name, started_at=asked_at)
    return len(settled)


def unknown(message: Message) -> Result:
    """What was lost never reached the provider. It counts as an attempt: a message that kills its worker has an end."""
    return Result(str(message.pk), Attempt.Outcome.TEMPORARY, detail="lost on the way, unknown to the provider")
