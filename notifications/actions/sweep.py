"""Repair: what workers, brokers and providers lost is found again here, every few seconds."""

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Min, Value
from django.db.models.functions import Now
from django.utils import timezone

from notifications.actions.escalate import escalate
from notifications.actions.send_due import record
from notifications.channels import Result
from notifications.channels.registry import backend_of
from notifications.clock import quiet_until
from notifications.models import Attempt, Channel, EventType, Message, Priority
from notifications.nudging import nudge_channel
from notifications.outcomes import UNCERTAIN_LEASE

State = Message.State
AT_ONCE = 500
SENT_BY_PROVIDERS = [channel for channel in Channel.values if channel != Channel.APP]


# One look into the index per channel and priority: a night's backlog is never read through.
DUE = """
    SELECT channel, priority FROM unnest(%(channels)s) AS c(channel), unnest(%(priorities)s) AS p(priority),
        LATERAL (SELECT 1 FROM notifications_message AS m
                 WHERE m.channel = c.channel AND m.priority = p.priority AND m.state = 'pending'
                   AND m.send_after <= %(now)s AND NOT (m.waits_at_night AND %(night)s) LIMIT 1) AS found
"""


def nudge_due_channels() -> None:
    """Asks for the sending of every channel that has due messages."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            DUE,
            {"channels": SENT_BY_PROVIDERS, "priorities": Priority.values, "now": now, "night": bool(quiet_until(now))},
        )
        due = set(cursor.fetchall())
    for channel in sorted({channel for channel, _ in due}):
        nudge_channel(channel)
        if (channel, Priority.CRITICAL) in due:
            nudge_channel(channel, urgent=True)


@transaction.atomic
def expire_overdue_messages() -> int:
    """Ends what is of no use any more (one-time codes). Returns how many."""
    overdue = Message.objects.filter(state=State.PENDING, expires_at__lte=timezone.now()).order_by("pk")
    expired = list(overdue.select_for_update(skip_locked=True).values_list("pk", flat=True)[:AT_ONCE])
    return Message.objects.filter(pk__in=expired).update(state=State.EXPIRED, ended_at=Now())


@transaction.atomic
def escalate_unanswered() -> int:
    """Goes on to the next push channel where no receipt came within the route's wait. Returns how many messages.

    Mail servers give no receipts: an accepted e-letter has arrived unless it bounces, and its silence prints nothing.
    """
    now = timezone.now()
    shortest = EventType.objects.aggregate(minutes=Min("receipt_wait_minutes"))["minutes"] or 0
    wait = ExpressionWrapper(
        F("event_type__receipt_wait_minutes") * Value(timedelta(minutes=1), DurationField()), DurationField()
    )
    overdue = (
        # The first condition is one that an index can serve.
        Message.objects.filter(state=State.SENT, sent_at__lte=now - timedelta(minutes=shortest))
        .filter(track=Message.Track.PUSH, sent_at__lte=ExpressionWrapper(now - wait, DateTimeField()))
        .exclude(next_channels=[])
        .order_by("sent_at")
        .values_list("pk", flat=True)[:AT_ONCE]
    )
    return escalate(Message.objects.filter(pk__in=list(overdue)))


@transaction.atomic
def escalate_failed() -> int:
    """Makes up for failures whose next channel has not been tried: the worker died, or the rows were locked."""
    failed = Message.objects.filter(state=State.FAILED).exclude(next_channels=[])
    return escalate(Message.objects.filter(pk__in=list(failed.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])))


def resolve_lost_messages() -> int:
    """Settles messages whose lease ran out: the provider is asked; what nobody can tell of is uncertain.

    Known to the provider: what it answered. Unknown to it: tried again, as after any failure for now. A provider that
    can't be asked now is asked again soon. Never resent blindly. Returns how many were settled. A channel that can't
    be repaired holds up no other; raises ExceptionGroup after the last.
    """
    settled, errors = 0, []
    for channel in SENT_BY_PROVIDERS:
        try:
            settled += resolve_channel(channel)
        except Exception as error:
            errors.append(error)
    if errors:
        raise ExceptionGroup("channels that were not repaired", errors)
    return settled


def resolve_channel(channel: str) -> int:
    lost = Message.objects.filter(channel=channel, state=State.SENDING, lease_until__lte=timezone.now())
    marks = dict(lost.order_by("lease_until").values_list("pk", "attempts")[:AT_ONCE])
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
        results = {message.pk: known.get(str(message.pk), unknown(message)) for message in still}
        untold = [pk for pk, result in results.items() if result is None]
        lost.filter(pk__in=untold).update(
            state=State.UNCERTAIN,
            reason="the answer was lost and this provider can't tell what it did",
            provider=backend.name,
            lease_until=None,
            ended_at=Now(),
        )
        told = [result for result in results.values() if result]
        unasked = {int(result.key) for result in told if result.outcome == Attempt.Outcome.UNCERTAIN}
        lost.filter(pk__in=unasked).update(lease_until=timezone.now() + UNCERTAIN_LEASE)
        settled = [message for message in still if message.pk not in unasked.union(untold)]
        if settled:
            record(settled, told, provider=backend.name, started_at=asked_at)
    return len(untold) + len(settled)


def unknown(message: Message) -> Result:
    """What was lost never reached the provider. It counts as an attempt: a message that kills its worker has an end."""
    return Result(str(message.pk), Attempt.Outcome.TEMPORARY, detail="lost on the way, unknown to the provider")
