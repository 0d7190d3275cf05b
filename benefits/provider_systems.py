"""Providers' own booking systems. One small interface; setting VISIT_SYSTEM names the class behind it.

Whatever a system or the network does comes back as an Answer, never as an exception.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class Outcome(Enum):
    """What is known of what the system was told."""

    TAKEN = "taken"
    #: Refused for good.
    REFUSED = "refused"
    #: Not yet, or nobody knows: it is told again. Told twice it is one booking, so nothing needs to be asked first.
    OPEN = "open"


@dataclass(frozen=True)
class Answer:
    """`reference`: the system's own number. `code`: why, at most 100 characters, without personal data."""

    outcome: Outcome
    reference: str = ""
    code: str = ""


@dataclass(frozen=True)
class Visit:
    """When and where. Nothing of the guest: the desk asks for the check-in code."""

    site_no: str
    service: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Told:
    """A booking as it stands in its `version`; `visit` is None where it was cancelled, or moved elsewhere."""

    reference: str
    version: int
    number: str
    provider_no: str
    visit: Visit | None


class VisitSystem(Protocol):
    #: Whether no provider really hears of it: production does not start on such a system.
    simulated: bool

    def tell(self, told: Told) -> Answer:
        """The same version again, or an older one, changes nothing there, and is answered alike."""
        ...


@cache
def visit_system() -> VisitSystem | None:
    """None where nobody is set up: then bookings at providers with a system of their own stay unconfirmed."""
    return import_string(settings.VISIT_SYSTEM)() if settings.VISIT_SYSTEM else None
