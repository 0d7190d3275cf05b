"""A person has the consumer try again what it could not take."""

from dataclasses import dataclass

import structlog
from django.db import transaction
from django.db.models.functions import Now

from members.consumers.isolating import apply_isolating
from members.consumers.parking import park
from members.consumers.registry import apply_of
from members.models import ConsumerCursor, Member, ParkedEvent

log = structlog.get_logger(__name__)


class AlreadySettled(ValueError):
    """The event waits for nobody any more: somebody else re-drove it, or a replay took it."""


@dataclass(frozen=True)
class Redriven:
    """Whether the consumer took the event this time."""

    settled: bool


@transaction.atomic
def redrive_parked_event(*, parked_id: int, by: Member | None = None) -> Redriven:
    """Applies the event once more. When it fails again, it stays parked with the new error and one more attempt.

    Raises AlreadySettled, ParkedEvent.DoesNotExist, UnknownConsumer, and faults of the moment.
    """
    place = ParkedEvent.objects.select_related("event").get(pk=parked_id)
    apply = apply_of(place.consumer)
    # As in reading: one worker at a time at a consumer's shard, so `apply` need not fear a second one.
    ConsumerCursor.objects.select_for_update().filter(consumer=place.consumer, shard=place.event.shard).first()
    parked = ParkedEvent.objects.select_for_update(of=("self",)).select_related("event").get(pk=parked_id)
    if parked.settled_at is not None:
        raise AlreadySettled
    poisons = apply_isolating(apply, [parked.event])
    for poison in poisons:
        park(parked.consumer, poison)
    if not poisons:
        ParkedEvent.objects.filter(pk=parked.pk).update(settled_at=Now())
    log.info(
        "parked_event_redriven",
        consumer=parked.consumer,
        event_id=parked.event_id,
        settled=not poisons,
        by=by.pk if by else None,
    )
    return Redriven(settled=not poisons)
