"""The one way into the policy-event log (docs/feeds.md, "Policy events")."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import islice
from typing import Any

from django.db import transaction

from members.events import (
    PolicyEventsAccepted,
    PolicyEventsPublished,
    policy_events_accepted,
    policy_events_published,
)
from members.intake.announced import Announced, whose_date
from members.intake.envelope import Checked, Content, check
from members.intake.faults import Fault, FaultCode
from members.intake.log_rows import KeyTaken, LogRow, insert, next_positions, sealed
from members.intake.presence import Presence
from members.intake.reading import LARGEST_BATCH, Sent
from members.models import Announcement, PolicyEvent
from members.shards import shard_of

State = PolicyEvent.State


class EventStatus(StrEnum):
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"


@dataclass(frozen=True)
class EventResult:
    """What became of one event. `source` and `id` as sent, None where they were not fit to be a key."""

    source: str | None
    id: str | None
    status: EventStatus
    fault: Fault | None = None


def accept_events(*, raw: Sequence[Sent | dict[str, Any]]) -> list[EventResult]:
    """Takes CloudEvents (JSON values) into the log and answers for each, in the order given.

    `Sent` carries the size as sent, which is limited; a plain dict is the platform's own event and has none. One bad
    event rejects only itself. At most 1,000 events share a transaction. Not to be called in a transaction that has
    already written: positions in the log follow the transaction's number, which is given at its first write.
    """
    checked = (check(event if isinstance(event, Sent) else Sent(event)) for event in raw)
    results: list[EventResult] = []
    while batch := list(islice(checked, LARGEST_BATCH)):
        results.extend(accept_batch(batch))
    return results


def accept_batch(batch: Sequence[Checked]) -> list[EventResult]:
    # Ends: after a collision the next turn knows at least one key more, and a batch has only so many.
    while True:
        try:
            with transaction.atomic():
                return write_batch(batch)
        except KeyTaken:
            continue


def write_batch(batch: Sequence[Checked]) -> list[EventResult]:
    contents = [event.content for event in batch if event.content]
    # The lock comes before the look-ups: what they find must still hold when we write.
    announced = Announced.locked(contents)
    known = known_fingerprints(batch)
    presence = Presence.of(contents)
    results = [judge(event, known) for event in batch]
    accepted = [
        (event, event.content)
        for event, result in zip(batch, results, strict=True)
        if result.status is EventStatus.ACCEPTED and event.content
    ]
    if accepted:
        write(accepted, announced, presence)
    return results


def known_fingerprints(batch: Sequence[Checked]) -> dict[tuple[str, str], bytes]:
    """What the log holds under the keys of `batch`."""
    keys = [(event.source, event.event_id) for event in batch if event.source and event.event_id]
    if not keys:
        return {}
    found = PolicyEvent.objects.filter(
        source__in={source for source, _ in keys}, event_id__in={event_id for _, event_id in keys}
    ).values_list("source", "event_id", "fingerprint")
    return {(source, event_id): bytes(fingerprint) for source, event_id, fingerprint in found}


def judge(event: Checked, known: dict[tuple[str, str], bytes]) -> EventResult:
    """The answer to one event; an accepted one is known to those after it."""
    source, event_id = event.source, event.event_id
    if source is not None and event_id is not None:
        seen = known.get((source, event_id))
        if seen is not None:
            if seen == event.fingerprint:
                return EventResult(source, event_id, EventStatus.DUPLICATE)
            return EventResult(source, event_id, EventStatus.CONFLICT, Fault(FaultCode.CONFLICT, "/id"))
        if event.content:
            known[source, event_id] = event.fingerprint
            return EventResult(source, event_id, EventStatus.ACCEPTED)
    return EventResult(source, event_id, EventStatus.REJECTED, event.fault)


def write(accepted: Sequence[tuple[Checked, Content]], announced: Announced, presence: Presence) -> None:
    """Inserts events and announcements and tells of them. Raises KeyTaken when another transaction was faster."""
    xid, ids = next_positions(len(accepted))
    rows, announcements = [], []
    for pk, (event, content) in zip(ids, accepted, strict=True):
        state, anchor_on = state_of(content, announced, presence)
        if anchor_on:
            announcements.append(
                Announcement(
                    type=content.spec.code,
                    subject=content.subject,
                    customer_no=whose_date(content),
                    anchor_on=anchor_on,
                    event_id=pk,
                )
            )
        rows.append(
            LogRow(
                id=pk,
                source=str(event.source),
                event_id=str(event.event_id),
                type=content.spec.code,
                subject=content.subject,
                subject_kind=content.kind.value,
                customer_no=content.customer_no,
                occurred_at=content.occurred_at,
                data=sealed(content.data),
                fingerprint=event.fingerprint,
                state=state.value,
                shard=shard_of(content.subject),
                xid=xid if state is State.PUBLISHED else None,
            )
        )
    insert(rows)
    Announcement.objects.bulk_create(announcements)
    tell([row for row in rows if row.xid])


def state_of(content: Content, announced: Announced, presence: Presence) -> tuple[State, date | None]:
    """The state to log it in, and the date to announce it under if it is a scheduled type and the first to say so."""
    anchor_on = None
    if content.spec.schedule_anchor:
        anchor_on = announced.claim(content)
        if anchor_on is None:
            return State.ALREADY_ANNOUNCED, None
    return (State.WAITING_SUBJECT if presence.waits(content) else State.PUBLISHED), anchor_on


def tell(published: Sequence[LogRow]) -> None:
    if published:
        accepted = PolicyEventsAccepted(event_ids=tuple(row.id for row in published))
        policy_events_accepted.send(PolicyEventsAccepted, fact=accepted)
        readable = PolicyEventsPublished(shards=tuple(sorted({row.shard for row in published})))
        policy_events_published.send(PolicyEventsPublished, fact=readable)
