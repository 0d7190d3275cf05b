"""Receipts: what a provider tells afterwards, in any order and more than once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce, Now

from notifications.actions.escalate import escalate
from notifications.models import Message, Receipt

State = Message.State


@dataclass(frozen=True)
class ReceiptNotice:
    """A provider's word on the message with this key: `delivered`, `failed` or `read`."""

    key: str
    status: str
    detail: str
    occurred_at: datetime


@dataclass(frozen=True)
class Recorded:
    recorded: int
    unknown: int


@transaction.atomic
def record_receipts(*, provider: str, notices: Sequence[ReceiptNotice]) -> Recorded:
    """Keeps the receipts and moves their messages on. Unknown keys are counted, never refused.

    Delivered beats failed, whichever comes first; a receipt that overtakes the record of its sending counts, too.
    """
    keyed = [(int(n.key), n) for n in notices if n.key.isdecimal() and len(n.key) < 19 and n.status in Receipt.Status]
    # Locked in id order, so that two posts about the same messages wait for each other instead of deadlocking.
    known = set(
        Message.objects.filter(pk__in={pk for pk, _ in keyed}, provider__in=["", provider])
        .order_by("pk")
        .select_for_update()
        .values_list("pk", flat=True)
    )
    told = [(pk, notice) for pk, notice in keyed if pk in known]
    Receipt.objects.bulk_create(
        [
            Receipt(
                message_id=pk,
                provider=provider,
                status=notice.status,
                detail=notice.detail[:500],
                occurred_at=notice.occurred_at,
            )
            for pk, notice in told
        ],
        ignore_conflicts=True,
    )
    by_status = {status: {pk for pk, notice in told if notice.status == status} for status in Receipt.Status}
    arrived = by_status[Receipt.Status.DELIVERED] | by_status[Receipt.Status.READ]
    # Pending, too: the provider accepted what we took for refused, and would get it a second time.
    on_the_way = Q(state__in=[State.PENDING, State.SENDING, State.SENT, State.UNCERTAIN, State.FAILED])
    Message.objects.filter(on_the_way, pk__in=arrived).update(
        state=State.DELIVERED,
        reason="",
        lease_until=None,
        next_channels=[],
        sent_at=Coalesce("sent_at", Now()),
        delivered_at=Now(),
        ended_at=Now(),
    )
    Message.objects.filter(pk__in=by_status[Receipt.Status.READ], read_at=None).update(read_at=Now())
    failed = Message.objects.filter(
        pk__in=by_status[Receipt.Status.FAILED] - arrived, state__in=[State.SENDING, State.SENT, State.UNCERTAIN]
    )
    lost = list(failed.values_list("pk", flat=True))
    failed.update(state=State.FAILED, reason="receipt: not delivered", lease_until=None, ended_at=Now())
    if lost:
        escalate(Message.objects.filter(pk__in=lost))
    return Recorded(recorded=len(told), unknown=len(notices) - len(told))
