"""Events that only other packages listen to."""

import pytest

from notifications.actions.announce import announce_platform_event
from notifications.models import EventType, Message

pytestmark = pytest.mark.django_db


def test_an_event_without_a_route_tells_nobody_and_fails_nowhere():
    EventType.objects.create(code="points.earned", area="points", deadline="P1D", platform=True)
    announce_platform_event(code="points.earned", key="1", values={})
    assert not Message.objects.exists()
