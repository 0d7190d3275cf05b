"""Who tops phones and memberships up. One small interface; setting TOPUP_PROVIDER names the class behind it.

Whatever a provider or the network does comes back as an Answer, never as an exception: what follows from it must not
depend on which library noticed.
"""

from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class Outcome(Enum):
    """What is known of an order."""

    DELIVERED = "delivered"
    #: Taken, and not done yet.
    PENDING = "pending"
    #: Refused for good: it will never be delivered under this reference.
    REFUSED = "refused"
    #: Certainly not taken, for now: the same order may be sent again.
    NOT_TAKEN = "not_taken"
    #: The provider has never heard of this reference.
    UNKNOWN = "unknown"
    #: Anything may have happened: ask again later, and never order blindly.
    UNCERTAIN = "uncertain"


@dataclass(frozen=True)
class Answer:
    """`reference`: the provider's own number. `code`: why, at most 100 characters, without personal data."""

    outcome: Outcome
    reference: str = ""
    code: str = ""


class TopUpProvider(Protocol):
    #: Whether nobody's phone is really topped up: production does not start on such a provider.
    simulated: bool

    def order(self, *, reference: str, provider: str, mobile: str, product: str) -> Answer:
        """Orders `product` (a reward's code) of `provider` (as in rewards.csv) for a mobile number (E.164).

        The same `reference` again is the same order. Never UNKNOWN.
        """
        ...

    def status(self, reference: str) -> Answer:
        """What became of an order. Never NOT_TAKEN."""
        ...


@cache
def top_up_provider() -> TopUpProvider | None:
    """None where nobody is set up: such rewards are not offered then."""
    return import_string(settings.TOPUP_PROVIDER)() if settings.TOPUP_PROVIDER else None
