"""One-time codes as they leave for the engine, for tests that need no phone to read them on."""

from collections.abc import Iterator

import pytest

from members.catalogue import event_specs
from members.events import OneTimeCodeIssued, one_time_code_issued
from tests.notifications.conftest import make_event_type

OTP = "verification.otp"


@pytest.fixture
def codes(db) -> Iterator[dict[str, str]]:
    """Number (E.164) → the newest code that went to it."""
    make_event_type(OTP, variables=event_specs()[OTP].variables, channels=["sms"])
    sent: dict[str, str] = {}

    def keep(fact: OneTimeCodeIssued, **_: object) -> None:
        sent[fact.mobile] = fact.code

    one_time_code_issued.connect(keep)
    yield sent
    one_time_code_issued.disconnect(keep)
