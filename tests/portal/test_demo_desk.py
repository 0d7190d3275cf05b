"""At the desk of the demo's clinic something of everything is going on, and the books agree with it."""

from collections import Counter

import pytest
import time_machine
from django.db.models import Count, Q
from django.utils import timezone

from benefits.actions.load_benefits import load_benefits
from benefits.actions.load_tier_terms import load_tier_terms
from benefits.models import Booking, Case, DeskWorker, Entitlement, LineDispute, Settlement, Slot, TierPeriod
from members.models import Member
from portal.demo.accounts import DESK_MOBILE, PASSWORD, make_accounts
from portal.demo.benefits import give_benefits
from portal.demo.clinic import write_clinic
from portal.demo.desk import open_the_desk
from portal.demo.family import HOLDER_NO, INSURED_NO
from portal.demo.prepare import take_over
from tests.factories import CustomerFactory, PolicyFactory

pytestmark = pytest.mark.django_db
EVENING, JANUARY = "2027-03-10T20:00:00+08:00", "2027-01-05T07:00:00+08:00"


@pytest.fixture(params=[EVENING, JANUARY])
def desk(request, untold, tmp_path):
    """The demo's, among eight customers with a tier."""
    with time_machine.travel(request.param, tick=False):
        load_benefits()
        load_tier_terms()
        for place, number in enumerate((HOLDER_NO, INSURED_NO, *(f"C{number}" for number in range(8)))):
            customer = CustomerFactory(customer_no=number, mobile=f"+861391234000{place}")
            PolicyFactory(
                policyholder=customer, status="in_force", premium=210_000, premium_term_years=10,
                cooling_off_ends_on="2025-01-01",
            )  # fmt: skip
        write_clinic(tmp_path, today=timezone.localdate())
        take_over("import_providers", tmp_path)
        make_accounts()
        give_benefits()
        open_the_desk()
        yield DeskWorker.objects.select_related("member", "provider").get()


def test_there_is_something_of_everything(desk):
    assert desk.member == Member.objects.with_mobile(DESK_MOBILE).get()
    assert desk.member.check_password(PASSWORD) and not desk.member.is_staff
    assert {case.state for case in desk.provider.cases.all()} == set(Case.State) - {
        *("cancelled", "cancelled_late"),
    }
    assert Case.objects.overdue(at=timezone.now()).count() == 1
    today = Counter(Booking.objects.filter(starts_at__date=timezone.localdate()).values_list("state", flat=True))
    if timezone.localtime().hour > 18:
        assert today == {"completed": 1, "no_show": 1, "checked_in": 1, "booked": 2}
    else:
        assert today == {"booked": 5}
    assert Booking.objects.filter(starts_at__date__gt=timezone.localdate(), state="booked").count() == 4
    mine = Booking.objects.get(customer__customer_no=HOLDER_NO)
    assert (timezone.localtime(mine.starts_at).hour, mine.state) == (15, "booked")
    last, before = Settlement.objects.order_by("-month")
    assert (last.closed_at, last.lines.count(), before.lines.count()) == (None, 7, 6) and before.closed_at
    assert LineDispute.objects.get().line.settlement == last


def test_the_books_agree(desk):
    for one in Entitlement.objects.annotate(
        is_held=Count("bookings", filter=Q(bookings__state__in=Booking.OPEN), distinct=True)
        + Count("cases", filter=Q(cases__state__in=Case.OPEN), distinct=True),
        is_used=Count("bookings", filter=Q(bookings__state__in=Booking.SPENT), distinct=True)
        + Count("cases", filter=Q(cases__state__in=Case.SPENT), distinct=True),
    ):
        assert (one.held, one.used) == (one.is_held, one.is_used)
    for slot in Slot.objects.annotate(booked=Count("bookings")):
        assert slot.taken == slot.booked
    for case in Case.objects.all():
        moments = [case.opened_at, case.taken_at, case.ended_at, timezone.now()]
        assert sorted(known for known in moments if known) == [known for known in moments if known]


def test_opened_again_it_is_the_same(desk):
    before = Booking.objects.count(), Case.objects.count(), TierPeriod.objects.count()
    give_benefits()
    open_the_desk()
    assert (Booking.objects.count(), Case.objects.count(), TierPeriod.objects.count()) == before


def test_the_desk_shows_it(client, desk):
    client.force_login(desk.member)
    assert client.get("/desk").status_code == 200
    assert client.get("/desk/cases").status_code == 200
