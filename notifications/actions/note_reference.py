"""Notes of a call while it goes on, for providers that nobody can ask afterwards: who dies leaves one message open."""

from django.utils import timezone

from notifications.channels import Outgoing
from notifications.models import Message

#: Stands for the provider's reference from just before the call until its answer is noted.
BEGUN = "begun"


def note_reference(*, outgoing: Outgoing, reference: str) -> bool:
    """Writes that the call for a message begins (BEGUN), or the reference under which it was accepted.

    False when the claim is no longer this worker's (its lease ran out): then the call must not be made.
    """
    claimed = Message.objects.filter(
        pk=int(outgoing.key),
        attempts=outgoing.claim,
        state=Message.State.SENDING,
        lease_until__gt=timezone.now(),
    )
    return bool(claimed.update(provider_ref=reference[:100]))
