"""Sending: claim with a lease, call the provider, record what became of each message.

The claim commits before the provider is called, so two workers never send the same message; whoever dies in between
leaves a lease that runs out, and `resolve_lost_messages` asks the provider what happened.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.utils import timezone

from members.copying import copy_objects
from notifications.actions.escalate import escalate
from notifications.channels import TURN_S, ChannelBackend, Outgoing, Result
from notifications.clock import quiet_until
from notifications.models import Attempt, Message
from notifications.outcomes import after

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=2 * TURN_S)

# The CTE is materialised: as a sub-select, PostgreSQL may run it once per row and claim far more than the limit.
CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT id FROM notifications_message
        WHERE channel = %(channel)s AND state = 'pending' AND priority = ANY(%(priorities)s)
          AND send_after <= %(now)s AND NOT (waits_at_night AND %(night)s)
          AND (expires_at IS NULL OR expires_at > %(now)s)
        ORDER BY priority, send_after, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
    UPDATE notifications_message AS m
    SET state = 'sending', lease_until = %(lease)s, attempts = m.attempts + 1
    FROM due WHERE m.id = due.id
    RETURNING m.id, m.cause, m.recipient, m.channel, m.address, m.title, m.body, m.language, m.priority, m.attempts,
        m.template_revision_id
"""
# Receipts lock in this order, too; without it the two would deadlock.
LOCK_IN_ORDER = "SELECT id FROM notifications_message WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
RECORD = """
    UPDATE notifications_message AS m
    SET state = r.state, reason = r.reason, provider = %(provider)s,
        provider_ref = CASE WHEN r.state = 'sending' AND r.reference = '' THEN m.provider_ref ELSE r.reference END,
        send_after = COALESCE(r.send_after, m.send_after), attempts = m.attempts - r.refunded,
        lease_until = r.lease_until,
        sent_at = CASE WHEN r.state = 'sent' THEN %(now)s ELSE m.sent_at END,
        ended_at = CASE WHEN r.state = 'failed' THEN %(now)s END
    FROM (SELECT * FROM unnest(
            %(ids)s::bigint[], %(claims)s::smallint[], %(states)s::text[], %(reasons)s::text[], %(references)s::text[],
            %(send_afters)s::timestamptz[], %(leases)s::timestamptz[], %(refunds)s::smallint[])
          AS r(id, claim, state, reason, reference, send_after, lease_until, refunded)) AS r
    WHERE m.id = r.id AND m.state IN ('sending', 'uncertain') AND m.attempts = r.claim
"""


def send_batch(backend: ChannelBackend, channel: str, *, priorities: Sequence[int]) -> bool:
    """Claims up to a batch of due messages, sends and records them. True when the next batch is worth a try.

    False when the batch was not full (what has come since has a nudge of its own), or when the provider wants a pause:
    what is still due waits for the next sweep.
    """
    batch = claim(channel, priorities=priorities, limit=backend.batch_size)
    if not batch:
        return False
    started_at = timezone.now()
    try:
        results = backend.send([outgoing(message) for message in batch])
    except Exception as error:  # against its contract; without results the messages are asked after
        log.error("channel_broke", channel=channel, error=type(error).__name__)
        results = []
    record(batch, results, provider=backend.name, started_at=started_at)
    paused = bool(results) and all(result.outcome == Attempt.Outcome.THROTTLED for result in results)
    return len(batch) == backend.batch_size and not paused


@transaction.atomic
def claim(channel: str, *, priorities: Sequence[int], limit: int) -> list[Message]:
    """Takes due messages for this worker, most urgent first. The number of the attempt is the claim's mark."""
    now = timezone.now()
    return list(
        Message.objects.raw(
            CLAIM,
            {
                "lease": now + LEASE,
                "channel": channel,
                "priorities": list(priorities),
                "now": now,
                "night": quiet_until(now) is not None,
                "limit": limit,
            },
        )
    )


def outgoing(message: Message) -> Outgoing:
    return Outgoing(
        key=str(message.pk),
        address=message.address or "",
        title=message.title,
        body=message.body or "",
        language=message.language,
        cause=message.cause,
        recipient=message.recipient,
        template_revision_id=message.template_revision_id,
        claim=message.attempts,
    )


@transaction.atomic
def record(batch: Sequence[Message], results: Sequence[Result], *, provider: str, started_at: datetime) -> None:
    """Writes the outcomes; a message that a receipt or another worker has moved on meanwhile stays as it is.

    One that was taken for uncertain is so no longer: late is better than never. Where the outcome stays open, so does
    the reference that was noted.
    """
    now = timezone.now()
    by_key = {result.key: result for result in results}
    outcomes = []
    for message in batch:
        result = by_key.get(str(message.pk)) or Result(
            str(message.pk), Attempt.Outcome.UNCERTAIN, detail="the provider gave no result"
        )
        outcomes.append((message, result, after(message, result, now)))
    with connection.cursor() as cursor:
        cursor.execute(LOCK_IN_ORDER, [[message.pk for message in batch]])
        cursor.execute(
            RECORD,
            {
                "provider": provider,
                "now": now,
                "ids": [message.pk for message, _, _ in outcomes],
                "claims": [message.attempts for message, _, _ in outcomes],
                "states": [next_.state for _, _, next_ in outcomes],
                "reasons": [next_.reason[:500] for _, _, next_ in outcomes],
                "references": [result.reference[:100] for _, result, _ in outcomes],
                "send_afters": [next_.send_after for _, _, next_ in outcomes],
                "leases": [next_.lease_until for _, _, next_ in outcomes],
                "refunds": [next_.refunded for _, _, next_ in outcomes],
            },
        )
    copy_objects(
        [
            Attempt(
                message_id=message.pk,
                provider=provider,
                started_at=started_at,
                ended_at=now,
                outcome=result.outcome,
                detail=result.detail[:500],
            )
            for message, result, _ in outcomes
            if result.called
        ]
    )
    failed = [message.pk for message, _, next_ in outcomes if next_.state == Message.State.FAILED]
    if failed:
        escalate(Message.objects.filter(pk__in=failed, state=Message.State.FAILED))
