"""What follows from a provider's answer: sent, tried again later, failed, or to be asked after."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifications.channels import Result
from notifications.models import Attempt, Message, Priority

MAX_ATTEMPTS = 8  # with the waits below: about an hour
FIRST_WAIT = timedelta(seconds=15)
URGENT_FIRST_WAIT = timedelta(seconds=1)
THROTTLE_WAIT = timedelta(seconds=2)
# A lost answer is asked after soon; the provider may still be working on it.
UNCERTAIN_LEASE = timedelta(seconds=5)


@dataclass(frozen=True)
class Next:
    """How a claimed message goes on. `refunded` is 1 when the attempt does not count."""

    state: str
    reason: str = ""
    send_after: datetime | None = None
    lease_until: datetime | None = None
    refunded: int = 0


def after(message: Message, result: Result, now: datetime) -> Next:
    """The next state of a message that is being sent, from the provider's result."""
    match result.outcome:
        case Attempt.Outcome.ACCEPTED:
            return Next(Message.State.SENT)
        case Attempt.Outcome.PERMANENT:
            return Next(Message.State.FAILED, result.detail or "refused by the provider")
        case Attempt.Outcome.UNCERTAIN:
            return Next(Message.State.SENDING, lease_until=now + UNCERTAIN_LEASE)
        case Attempt.Outcome.THROTTLED:
            wait = timedelta(seconds=result.retry_after_s) if result.retry_after_s else jittered(THROTTLE_WAIT)
            return Next(Message.State.PENDING, send_after=now + wait, refunded=1)
    if message.attempts >= MAX_ATTEMPTS:
        return Next(Message.State.FAILED, f"{MAX_ATTEMPTS} attempts; the last: {result.detail}")
    first = URGENT_FIRST_WAIT if message.priority == Priority.CRITICAL else FIRST_WAIT
    return Next(Message.State.PENDING, send_after=now + jittered(first * 2 ** (message.attempts - 1)))


def jittered(wait: timedelta) -> timedelta:
    """Between half and all of `wait`, so that what failed together does not come back together."""
    return wait * random.uniform(0.5, 1.0)  # noqa: S311
