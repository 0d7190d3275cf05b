"""Bookings at a provider with its own system, through its sandbox, a process: kept at once, told until it answers."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from threading import Barrier
from time import sleep

import pytest
from django.db import connection

from benefits import events
from benefits.actions import confirm_booking as confirming
from benefits.actions.cancel_booking import cancel_booking
from benefits.actions.confirm_booking import LEASE, claim, confirm_booking, due_confirmations
from benefits.actions.keep_visit import check_in
from benefits.actions.move_booking import move_booking
from benefits.checks import visits_are_real
from benefits.http_visits import HttpVisits
from benefits.models import Booking, Entitlement, Slot, SystemBooking
from benefits.provider_systems import Outcome, Told, Visit
from benefits.queries.bookings import booking_of
from benefits.tasks import sweep_confirmations
from members import http_calls
from tests.benefits.network import MONDAY, at, make_contract, make_offer, make_provider, make_site
from tests.benefits.visitors import book, terms, visitor
from tests.points.test_topup_provider import Says
from tests.sandbox import SECRET, eventually

pytestmark = pytest.mark.usefixtures("monday_morning")


@pytest.fixture
def hospital(visits, monday_morning):
    """Dental cleaning at a provider with a system of its own."""
    provider = make_provider(has_system=True)
    make_contract(provider)
    return make_offer(make_site(provider))


@pytest.fixture
def told():
    """What is announced, in its order."""
    heard = []

    def hear(fact, **_):
        heard.append(type(fact).__name__)

    for signal in (events.visit_confirmed, events.visit_declined):
        signal.connect(hear)
    yield heard
    for signal in (events.visit_confirmed, events.visit_declined):
        signal.disconnect(hear)


@pytest.fixture
def impatient(monkeypatch):
    """Whoever waits for an answer gives up soon."""
    monkeypatch.setattr(http_calls, "READ_TIMEOUT_S", 0.5)


def confirm_all():
    for noted_id in due_confirmations():
        confirm_booking(noted_id=noted_id)


def noted(booking):
    return SystemBooking.objects.get(booking=booking)


def standing(booking):
    """State, whether it is confirmed, and what is held of the quota and the slots."""
    booking.refresh_from_db()
    held = sum(Entitlement.objects.values_list("held", flat=True))
    taken = sum(Slot.objects.values_list("taken", flat=True))
    return booking.state, booking.confirmed_at is not None, held, taken


def test_it_works(hospital, visits, told):
    booking = book(visitor(), hospital)
    assert standing(booking) == ("booked", False, 1, 1)
    confirm_all()
    assert standing(booking) == ("booked", True, 1, 1)
    assert visits.of(noted(booking)) == (1, "booked", at(MONDAY, 10).isoformat())
    assert (noted(booking).provider_reference, told, due_confirmations()) == ("V00000001", ["VisitConfirmed"], [])


def test_it_begins_as_soon_as_the_booking_stands(hospital, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        booking = book(visitor(), hospital)
    assert standing(booking)[1]


def test_where_there_is_no_system_nobody_is_told(dentist, visits):
    member = visitor()
    booking = book(member, dentist)
    assert not SystemBooking.objects.exists()
    assert booking_of(member, booking.pk).is_confirmed


def test_the_system_hears_nothing_of_the_guest(hospital, visits, monkeypatch):
    said = []
    monkeypatch.setattr(HttpVisits, "tell", lambda _self, told: said.append(told) or confirming.Answer(Outcome.TAKEN))
    member = visitor()
    booking = book(member, hospital)
    confirm_all()
    assert member.customer.name not in str(said) and booking.code not in str(said)


def test_down_it_is_kept_and_told_with_growing_waits(hospital, visits, told, monday_morning):
    visits.stop()
    member = visitor()
    booking = book(member, hospital)
    waits = []
    for _ in range(4):
        sweep_confirmations()
        assert due_confirmations() == []
        waits.append(noted(booking).next_try_at)
        monday_morning.move_to(waits[-1], tick=False)
    assert [int((after - before).total_seconds()) for before, after in pairwise(waits)] == [
        *(15, 30, 60),
    ]
    assert (standing(booking), noted(booking).problem) == (("booked", False, 1, 1), "no connection")
    assert not booking_of(member, booking.pk).is_confirmed
    visits.start()
    sweep_confirmations()
    assert (standing(booking), told) == (("booked", True, 1, 1), ["VisitConfirmed"])


@pytest.mark.parametrize("fault", ["busy_rate", "server_error_rate", "garbage_rate", "timeout_rate"])
def test_whatever_goes_wrong_it_is_told_again(hospital, visits, told, monday_morning, impatient, fault):
    visits.turn(**{fault: 1})
    booking = book(visitor(), hospital)
    confirm_all()
    assert standing(booking) == ("booked", False, 1, 1)
    visits.turn(**{fault: 0})
    monday_morning.shift(timedelta(seconds=6))
    confirm_all()
    assert (standing(booking), told) == (("booked", True, 1, 1), ["VisitConfirmed"])
    assert visits.of(noted(booking))[0] == 1


def test_a_late_answer(hospital, visits, monday_morning):
    visits.turn(late_ms=400)
    booking = book(visitor(), hospital)
    confirm_all()
    assert not standing(booking)[1]
    sleep(0.5)
    monday_morning.shift(timedelta(seconds=6))
    confirm_all()
    assert standing(booking)[1]
    assert visits.stats() == {"told": 2, "repeated": 1}


def test_refused_for_good_quota_and_place_are_free_and_the_member_hears(hospital, visits, told):
    visits.turn(refusal_rate=1)
    booking = book(visitor(), hospital)
    confirm_all()
    confirm_all()
    assert (standing(booking), told) == (("cancelled", False, 0, 0), ["VisitDeclined"])
    assert (noted(booking).problem, due_confirmations()) == ("no_room", [])


def test_moved_and_cancelled_it_is_told_too(hospital, visits, told):
    booking = book(visitor(), hospital)
    confirm_all()
    move_booking(booking_id=booking.pk, site_service_id=hospital.pk, starts_at=at(MONDAY, 14))
    assert not standing(booking)[1]
    confirm_all()
    assert visits.of(noted(booking)) == (2, "booked", at(MONDAY, 14).isoformat())
    cancel_booking(booking_id=booking.pk)
    confirm_all()
    assert visits.of(noted(booking))[:2] == (3, "cancelled")
    assert told == ["VisitConfirmed", "VisitConfirmed"]
    assert (standing(booking), due_confirmations()) == (("cancelled", True, 0, 0), [])


def test_moved_to_another_provider_both_are_told(hospital, visits):
    booking = book(visitor(), hospital)
    confirm_all()
    provider = make_provider(has_system=True)
    make_contract(provider)
    elsewhere = make_offer(make_site(provider))
    move_booking(booking_id=booking.pk, site_service_id=elsewhere.pk, starts_at=at(MONDAY, 10))
    confirm_all()
    before, now = SystemBooking.objects.order_by("pk")
    assert (visits.of(before)[:2], visits.of(now)[:2]) == ((2, "cancelled"), (1, "booked"))
    assert standing(booking) == ("booked", True, 1, 1)


def test_moved_to_where_there_is_no_system_the_old_one_hears_that_it_is_off(hospital, visits):
    booking = book(visitor(), hospital)
    confirm_all()
    move_booking(booking_id=booking.pk, site_service_id=make_offer().pk, starts_at=at(MONDAY, 10))
    confirm_all()
    assert visits.of(noted(booking))[:2] == (2, "cancelled")


def test_a_move_that_is_refused_ends_the_booking(hospital, visits, told):
    booking = book(visitor(), hospital)
    confirm_all()
    visits.turn(refusal_rate=1)
    move_booking(booking_id=booking.pk, site_service_id=hospital.pk, starts_at=at(MONDAY, 14))
    confirm_all()
    assert (standing(booking), told[-1]) == (("cancelled", False, 0, 0), "VisitDeclined")


def test_cancelled_while_it_is_told_the_answer_decides_nothing_and_the_system_hears_of_it(hospital, visits, told):
    visits.turn(refusal_rate=1)
    booking = book(visitor(), hospital)
    said = claim(noted(booking).pk)
    cancel_booking(booking_id=booking.pk)
    confirming.settle(noted_id=noted(booking).pk, told=said, answer=HttpVisits().tell(said))
    assert (standing(booking)[0], told) == ("cancelled", [])
    confirm_all()
    assert visits.of(noted(booking))[:2] == (2, "cancelled")


def test_moved_while_it_is_told_only_the_last_version_confirms_it(hospital, visits, told):
    booking = book(visitor(), hospital)
    said = claim(noted(booking).pk)
    move_booking(booking_id=booking.pk, site_service_id=hospital.pk, starts_at=at(MONDAY, 14))
    confirming.settle(noted_id=noted(booking).pk, told=said, answer=HttpVisits().tell(said))
    assert (standing(booking)[1], told) == (False, [])
    confirm_all()
    assert (standing(booking)[1], told) == (True, ["VisitConfirmed"])


def test_an_answer_that_comes_twice_is_told_once(hospital, visits, told):
    booking = book(visitor(), hospital)
    said = claim(noted(booking).pk)
    for _ in range(2):
        confirming.settle(noted_id=noted(booking).pk, told=said, answer=HttpVisits().tell(said))
    assert told == ["VisitConfirmed"]


def test_of_a_visit_that_is_over_nobody_is_told_any_more(hospital, visits, monday_morning):
    visits.stop()
    booking = book(visitor(), hospital)
    monday_morning.move_to(at(MONDAY, 12), tick=False)
    assert due_confirmations() == []
    assert standing(booking)[0] == "booked"


def test_a_guest_who_is_there_is_not_sent_away_by_a_late_refusal(hospital, visits, told, monday_morning):
    visits.turn(refusal_rate=1)
    booking = book(visitor(), hospital)
    monday_morning.move_to(at(MONDAY, 9), tick=False)
    check_in(code=booking.code, provider=hospital.site.provider)
    confirm_all()
    assert (standing(booking)[0], told) == ("checked_in", [])


WORKER = """
import sys, django, time_machine
django.setup()
from tests.benefits.network import NOW
time_machine.travel(NOW, tick=False).start()
from benefits.actions.confirm_booking import confirm_booking
confirm_booking(noted_id=int(sys.argv[1]))
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_killed_between_the_call_and_its_answer(hospital, visits, told, monday_morning, monkeypatch):
    visits.turn(latency_ms=8_000)
    monkeypatch.setattr("benefits.receivers.nudge_confirmation", lambda _: None)
    booking = book(visitor(), hospital)
    database = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    where = {"VISIT_SYSTEM_URL": visits.url, "VISIT_SYSTEM_SECRET": SECRET, "DATABASE_URL": database}
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(noted(booking).pk)],
        env={**os.environ, **where, "DJANGO_SETTINGS_MODULE": "portal.settings.test"},
    )
    eventually(lambda: visits.of(noted(booking)), 60)
    worker.kill()
    worker.wait(10)
    visits.turn(latency_ms=0)
    assert (standing(booking), due_confirmations()) == (("booked", False, 1, 1), []), "its lease goes on"
    monday_morning.shift(LEASE + timedelta(seconds=1))
    confirm_all()
    assert (standing(booking), told) == (("booked", True, 1, 1), ["VisitConfirmed"])
    assert visits.stats() == {"told": 2, "repeated": 1}


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_once(hospital, visits, told, monkeypatch):
    monkeypatch.setattr("benefits.receivers.nudge_confirmation", lambda _: None)
    visits.turn(latency_ms=300)
    booking = book(visitor(), hospital)
    noted_id, gate = noted(booking).pk, Barrier(2)

    def work(_):
        try:
            gate.wait(20)
            confirm_booking(noted_id=noted_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    assert (visits.stats()["told"], told) == (1, ["VisitConfirmed"])


@pytest.mark.django_db(transaction=True)
def test_control_without_the_claim_both_tell_and_the_member_still_hears_once(hospital, visits, told, monkeypatch):
    monkeypatch.setattr("benefits.receivers.nudge_confirmation", lambda _: None)
    visits.turn(latency_ms=300)
    booking = book(visitor(), hospital)
    noted_id = noted(booking).pk
    said, gate = claim(noted_id), Barrier(2)
    monkeypatch.setattr(confirming, "claim", lambda _: said)

    def work(_):
        try:
            gate.wait(20)
            confirm_booking(noted_id=noted_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    assert (visits.stats()["told"], told) == (2, ["VisitConfirmed"])


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b'{"status": "taken"}', Outcome.TAKEN),
        (200, b'{"status": "pending"}', Outcome.OPEN),
        (200, b'{"status": "refused"}', Outcome.REFUSED),
        (200, b'{"status": "busy"}', Outcome.OPEN),
        (200, b'{"status": "perhaps"}', Outcome.OPEN),
        (200, b"[]", Outcome.OPEN),
        (200, b"\xff\xfe", Outcome.OPEN),
        (302, b"", Outcome.OPEN),
        (401, b"", Outcome.OPEN),
        (404, b"", Outcome.OPEN),
        (422, b"", Outcome.REFUSED),
        (429, b"", Outcome.OPEN),
        (503, b"", Outcome.OPEN),
    ],
)
def test_what_an_answer_means(settings, status, body, outcome):
    system = Says(status, body)
    system.server.RequestHandlerClass.do_PUT = system.server.RequestHandlerClass.do_GET
    settings.VISIT_SYSTEM_URL = system.url
    visit = Visit("S1", "dental_cleaning", at(MONDAY, 10), at(MONDAY, 11))
    try:
        assert HttpVisits().tell(Told("r1", 1, "B1", "PV1", visit)).outcome is outcome
    finally:
        system.server.shutdown()
        system.server.server_close()


def test_the_sandbox_knows_nothing_of_django():
    code = "import sys, benefits.sandbox.provider; print('django' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


def test_the_sandbox_remembers_and_keeps_to_the_order_of_versions(visits):
    assert visits.tell(version=2).json() == {"status": "taken", "reference": "V00000001", "code": ""}
    visits.stop()
    visits.start()
    visits.turn(refusal_rate=1)
    assert visits.tell(version=1).json()["status"] == "taken"
    assert visits.tell(version=3).json() == {"status": "refused", "reference": "V00000001", "code": "no_room"}


@pytest.mark.parametrize("other", [{"version": 0}, {"version": "1"}, {"state": "lost"}, {"site": 7}])
def test_the_sandbox_refuses_what_is_no_booking(visits, other):
    assert visits.tell(**other).status_code == 422


@pytest.mark.parametrize("dials", [{"speed": 1}, {"busy_rate": 2}, {"latency_ms": -1}, {"refusal_rate": True}])
def test_a_dial_that_is_none_changes_nothing(visits, dials):
    assert visits.http.put(visits.url + "/dials", json=dials).status_code == 422


def test_a_member_with_several_bookings_is_told_of_each(hospital, visits, told):
    member = visitor(quota=3, allowance=terms(quota=3, gap_days=0))
    for hour in (9, 10, 11):
        book(member, hospital, starts_at=at(MONDAY, hour))
    confirm_all()
    assert told == ["VisitConfirmed"] * 3
    assert Booking.objects.filter(confirmed_at=None).count() == 0


REAL = {
    "VISIT_SYSTEM": "benefits.http_visits.HttpVisits",
    "VISIT_SYSTEM_URL": "https://visits.example/v1",
    "VISIT_SYSTEM_SECRET": SECRET,
}


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, []),
        ({"VISIT_SYSTEM": ""}, []),
        ({"VISIT_SYSTEM": "benefits.http_visits.SandboxVisits"}, ["benefits.E001"]),
        ({"VISIT_SYSTEM": "nowhere.to.be.Found"}, ["benefits.E001"]),
        ({"VISIT_SYSTEM_URL": "http://visits.example"}, ["benefits.E002"]),
        ({"VISIT_SYSTEM_SECRET": ""}, ["benefits.E002"]),
    ],
)
def test_production_wants_real_systems_or_none(settings, changes, faults):
    settings.DEMO = False
    for name, value in (REAL | changes).items():
        setattr(settings, name, value)
    assert [fault.id for fault in visits_are_real()] == faults
