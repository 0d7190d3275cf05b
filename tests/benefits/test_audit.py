"""Bookings are what they are, and every night they are compared with what they hold."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.db.models import F

from benefits.actions.audit_benefits import audit_benefits
from benefits.actions.cancel_booking import cancel_booking
from benefits.actions.end_case import cancel_case, finish_case
from benefits.actions.move_booking import move_booking
from benefits.actions.take_case import take_case
from benefits.auditing import BenefitsDiffer, Difference
from benefits.models import BenefitsAudit, Booking, Entitlement, Slot
from benefits.tasks import audit_benefits as nightly
from tests.benefits.desk_cast import ask, case_provider, patient, worker_at
from tests.benefits.network import MONDAY, at
from tests.benefits.visitors import book, family, terms, visitor

pytestmark = pytest.mark.usefixtures("monday_morning")


@pytest.fixture
def busy(dentist, monday_morning):
    """One of everything: booked for family, moved, called off in time and too late; cases open, done and called off."""
    allowance = {"allowance": terms(gap_days=0, family_quota=1, family_relations=["spouse"]), "family_quota": 1}
    alice = visitor(**allowance)
    booked = book(alice, dentist, guest_id=family(alice).pk)
    moved = book(visitor(), dentist, starts_at=at(MONDAY, 9))
    move_booking(booking_id=moved.pk, site_service_id=dentist.pk, starts_at=at(MONDAY, 11))
    called_off = [book(visitor(), dentist, starts_at=at(MONDAY, hour)) for hour in (13, 14)]
    cancel_booking(booking_id=called_off[0].pk)
    doctors = case_provider()
    member, lee = patient(quota=None), worker_at(doctors)
    cases = [ask(member) for _ in range(3)]
    take_case(case_id=cases[0].pk, worker=lee)
    finish_case(case_id=cases[0].pk, worker=lee)
    cancel_case(case_id=cases[1].pk, member=member)
    monday_morning.move_to(at(MONDAY, 8) - timedelta(hours=10))
    cancel_booking(booking_id=called_off[1].pk)
    return booked


def test_it_works(busy, capsys):
    call_command("audit_benefits")
    nightly()
    assert [each.difference for each in BenefitsAudit.objects.all()] == ["", ""]


@pytest.mark.parametrize(
    ("rows", "column", "what"),
    [
        (Slot.objects, "taken", "slot.taken and its bookings"),
        (Entitlement.objects.filter(family_used=0), "held", "entitlement.held and what is open"),
        (Entitlement.objects, "used", "entitlement.used and what was used"),
        (Entitlement.objects, "family_used", "entitlement.family_used and what went to family"),
    ],
)
def test_what_differs_is_named_and_on_record(busy, rows, column, what):
    row = rows.filter(**{f"{column}__gt": 0}).order_by("pk").first()
    type(row).objects.filter(pk=row.pk).update(**{column: 0})
    with pytest.raises(BenefitsDiffer) as found:
        audit_benefits()
    reckoned = getattr(row, column)
    assert found.value.differences == (Difference(what, ((row.pk, 0, reckoned),)),)
    assert BenefitsAudit.objects.get().difference == f"{what}: {row.pk}, 0 ≠ {reckoned}"
    with pytest.raises(CommandError, match=f"{what}: {row.pk}, 0 ≠ {reckoned}"):
        call_command("audit_benefits")


def test_every_kind_is_told_with_some_examples(busy):
    Slot.objects.update(capacity=9, taken=F("taken") + 1)
    Entitlement.objects.filter(used__gt=0).update(used=0)
    with pytest.raises(BenefitsDiffer) as found:
        nightly()
    whats = ["slot.taken and its bookings", "entitlement.used and what was used"]
    assert [each.what for each in found.value.differences] == whats
    assert [row_id for row_id, *_ in found.value.differences[0].rows] == list(
        Slot.objects.order_by("pk").values_list("pk", flat=True)[:3]
    )
    assert [each.difference.partition(":")[0] for each in BenefitsAudit.objects.order_by("pk")] == whats


def test_what_a_booking_is_stays(busy, dentist):
    other = visitor()
    for change in (
        {"customer": other.customer},
        {"guest": None},
        {"entitlement": other.customer.entitlements.get()},
        {"request_key": "another"},
        {"price": 1},
    ):
        with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
            Booking.objects.filter(pk=busy.pk).update(**change)


def test_nobody_books_on_somebody_elses_entitlement(busy):
    mixed = Booking.objects.get(pk=busy.pk)
    mixed.pk, mixed.code, mixed.request_key, mixed.customer = None, "", "mixed", visitor().customer
    with pytest.raises(DatabaseError, match="another customer"), transaction.atomic():
        mixed.save(force_insert=True)
