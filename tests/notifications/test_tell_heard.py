"""News of visits: noted with what made it, told once, and nobody's trouble keeps others from hearing."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from structlog.testing import capture_logs

from benefits.actions.move_booking import move_booking
from benefits.models import Booking
from notifications.actions.tell_heard import tell_heard
from notifications.models import Heard, PlatformEvent
from tests.benefits.network import MONDAY, at
from tests.benefits.visitors import book, visitor

pytestmark = pytest.mark.django_db


def told() -> list[int]:
    return list(PlatformEvent.objects.filter(code="benefit.booking_confirmed").values_list("member", flat=True))


def test_what_was_not_done_was_not_heard(dentist):
    with transaction.atomic():
        book(visitor(), dentist)
        transaction.set_rollback(True)
    assert not Heard.objects.exists()


def test_it_is_told_once(dentist):
    member = visitor()
    book(member, dentist)
    assert told() == []
    assert [tell_heard(), tell_heard()] == [1, 0]
    assert told() == [member.pk]
    assert not Heard.objects.exists()


def test_what_cannot_be_told_is_tried_again_later_and_keeps_no_other_waiting(dentist, clock):
    Heard.objects.create(news="booked", subject_id=0)  # no such booking
    member = visitor()
    book(member, dentist)
    with capture_logs() as logs:
        assert tell_heard() == 1
    assert (told(), [entry["event"] for entry in logs if entry["log_level"] == "error"]) == (
        [member.pk],
        ["news_not_told"],
    )
    waits = []
    for _ in range(8):
        left = Heard.objects.get()
        waits.append(left.next_try_at - Booking.objects.get().booked_at)
        clock.move_to(left.next_try_at, tick=False)
        tell_heard()
    minutes = [round((later - earlier) / timedelta(minutes=1)) for earlier, later in pairwise(waits)]
    assert minutes == [2, 4, 8, 16, 32, 60, 60]


def test_moved_before_it_is_told_it_is_told_once_as_it_stands(dentist, clock):
    booking = book(visitor(), dentist)
    move_booking(booking_id=booking.pk, site_service_id=dentist.pk, starts_at=at(MONDAY, 15))
    tell_heard()
    event = PlatformEvent.objects.get(code="benefit.booking_confirmed")
    assert event.data["visit_time"] == "2027-03-08T15:00:00+08:00"
