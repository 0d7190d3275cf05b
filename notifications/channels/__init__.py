"""Channels: each hands a batch of messages to a provider and says what became of every one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from notifications.models import Attempt

#: For so long a backend may begin new calls for one batch; a claim's lease is twice as long, which leaves the last
#: call time to end. One that takes longer still is asked after, or was noted (notifications/actions/note_reference.py).
TURN_S = 30.0


@dataclass(frozen=True)
class Outgoing:
    """What a channel needs of a claimed message. `key` is the provider's idempotency key: the message's id.

    `claim`: the mark of the claim, which is the number of the attempt.
    """

    key: str
    address: str
    title: str
    body: str
    language: str
    cause: str
    recipient: str
    template_revision_id: int | None
    claim: int


@dataclass(frozen=True)
class Result:
    """What became of one message; `key` as in Outgoing, `reference` the provider's own number, if it gave one.

    `retry_after_s`: with `throttled`, how long to wait; None where the provider did not say.
    `called`: False when the message was held back on our side, without a call.
    """

    key: str
    outcome: Attempt.Outcome
    reference: str = ""
    detail: str = ""
    retry_after_s: float | None = None
    called: bool = True


def put_off(key: str) -> Result:
    """The batch's turn ended before this message's came: no call was made, and no attempt is counted."""
    return Result(key, Attempt.Outcome.THROTTLED, detail="not tried: the provider is slow", called=False)


class ChannelBackend(Protocol):
    """One provider of one channel. Never raises for what a provider or network does: it returns Results."""

    name: str
    batch_size: int

    def send(self, batch: Sequence[Outgoing]) -> list[Result]:
        """Calls the provider. Exactly one Result per message, in any order."""
        ...

    def look_up(self, keys: Sequence[str]) -> Mapping[str, Result | None]:
        """What is known of messages whose outcome was lost: key → Result for those that the provider answered.

        A key that is missing was never accepted and may be sent again. A key with `uncertain` could not be looked
        up now (the provider is down): ask again later. A key with None: nobody can ever tell.
        """
        ...
