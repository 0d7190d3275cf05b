"""One poisoned row stops nobody behind it: waiting places, reminders, endings, overdue cases."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from structlog.testing import capture_logs

from benefits import events
from benefits.actions.cancel_booking import cancel_booking
from benefits.actions.keep_visit import Ended, end_past_visits
from benefits.actions.remind_of_visits import remind_of_visits
from benefits.actions.serve_waiting_lists import serve_waiting_lists
from benefits.actions.tell_overdue_cases import tell_overdue_cases
from benefits.actions.wait_for_place import join_waiting_list
from benefits.models import Booking, Case
from tests.benefits.desk_cast import ask, case_provider, patient
from tests.benefits.network import MONDAY, at
from tests.benefits.visitors import book, visitor

pytestmark = pytest.mark.usefixtures("monday_morning")


@pytest.fixture
def choke():
    """`choke(signal, of)`: whoever listens can't take the fact of whom `of` says yes to."""
    connected = []

    def connect(signal, of, fault=KeyError):
        def listen(fact, **_):
            if of(fact):
                raise fault

        signal.connect(listen)
        connected.append((signal, listen))

    yield connect
    for signal, listen in connected:
        signal.disconnect(listen)


@pytest.fixture
def two(dentist):
    return book(visitor(), dentist, starts_at=at(MONDAY, 9)), book(visitor(), dentist, starts_at=at(MONDAY, 10))


def test_reminders(two, monday_morning, choke):
    poisoned, other = two
    choke(events.visit_tomorrow, lambda fact: fact.booking_id == poisoned.pk)
    monday_morning.move_to(at(MONDAY - timedelta(days=1), 9), tick=False)
    with capture_logs() as logs:
        assert remind_of_visits() == 1
    assert [(each["event"], each["id"], each["error"]) for each in logs] == [
        ("visit_not_reminded_of", poisoned.pk, "KeyError")
    ]
    told = dict(Booking.objects.values_list("pk", "reminded_at"))
    assert told[poisoned.pk] is None and told[other.pk]


def test_endings(two, monday_morning, choke):
    poisoned, other = two
    choke(events.visit_missed, lambda fact: fact.booking_id == poisoned.pk)
    monday_morning.move_to(at(MONDAY + timedelta(days=1), 1, 30), tick=False)
    assert end_past_visits() == Ended(served=0, called_off=0, missed=1)
    assert dict(Booking.objects.values_list("pk", "state")) == {poisoned.pk: "booked", other.pk: "no_show"}


def test_waiting_places(dentist, monday_morning, choke):
    full = [book(visitor(), dentist, starts_at=at(MONDAY, hour)) for hour in (9, 10, 11, 13, 14, 15, 16)]
    first, second = (join_waiting_list(member=visitor(), site_service_id=dentist.pk, day=MONDAY) for _ in range(2))
    choke(events.visit_booked, lambda fact: fact.customer_id == first.customer_id)
    cancel_booking(booking_id=full[0].pk)
    assert serve_waiting_lists() == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("waiting", "booked")


def test_overdue_cases(monday_morning, choke):
    case_provider()
    poisoned, other = ask(patient()), ask(patient())
    choke(events.case_overdue, lambda fact: fact.case_id == poisoned.pk)
    monday_morning.shift(timedelta(hours=2))
    assert tell_overdue_cases() == 1
    assert dict(Case.objects.values_list("pk", "overdue_told_at"))[poisoned.pk] is None
    assert Case.objects.get(pk=other.pk).overdue_told_at


def test_a_fault_of_the_moment_goes_up(two, monday_morning, choke):
    choke(events.visit_tomorrow, lambda _fact: True, OperationalError)
    monday_morning.move_to(at(MONDAY - timedelta(days=1), 9), tick=False)
    with pytest.raises(OperationalError):
        remind_of_visits()
