"""Bounces: an e-letter that a mail provider took, and later could not deliver."""

from datetime import datetime

from notifications.actions.record_receipts import ReceiptNotice, Recorded, record_receipts
from notifications.models import Channel, Message, Receipt


def record_bounce(*, reference: str, detail: str, occurred_at: datetime) -> Recorded:
    """Fails the e-letter that was mailed under this reference, so that paper follows where the route has it.

    Other mail of this installation bounces, too: it counts as unknown.
    """
    mailed = Message.objects.filter(channel=Channel.ELETTER, provider_ref=reference)
    found = mailed.exclude(provider_ref="").values_list("pk", "provider").first()
    if found is None:
        return Recorded(recorded=0, unknown=1)
    pk, provider = found
    notice = ReceiptNotice(str(pk), Receipt.Status.FAILED, detail, occurred_at)
    return record_receipts(provider=provider, notices=[notice])
