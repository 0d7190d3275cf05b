"""What benefits keep about a member: copied, erased, and what stands in the way of closing the account."""

import json
import zipfile
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import translation

from benefits.actions.cancel_booking import cancel_booking
from benefits.actions.wait_for_place import join_waiting_list, leave_waiting_list
from benefits.models import Booking, TierPeriod
from benefits.own_data import keep_tiers
from benefits.visit_data import erase_visits, export_visits, visits_to_come
from members.actions.close_account import close_due_accounts, closure_request, request_closure
from members.actions.request_data import request_copy
from members.actions.run_data_request import run_data_request
from members.closing import ClosureRefused, consequences
from members.models import AccountClosure, Member
from tests.benefits.desk_cast import ask, case_provider, case_service
from tests.benefits.desk_cast import entitle as entitle_now
from tests.benefits.network import MONDAY, at, make_offer
from tests.benefits.visitors import book, family, terms, visitor
from tests.factories import MemberFactory
from tests.members.accounts import AT_WEB, proved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("private")]


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def alice(dentist):
    member = visitor(allowance=terms(quota=4, gap_days=0, family_quota=2, family_relations=["spouse"]), quota=4)
    member.customer.entitlements.update(family_quota=2)
    TierPeriod.objects.create(
        customer=member.customer, tier="gold", starts_on=MONDAY, valid_to=MONDAY + timedelta(days=365), cause="monthly"
    )
    proved(member)
    return member


@pytest.fixture
def full(alice, dentist):
    """A place that is full on Monday, and Alice waits there."""
    small = make_offer(capacity=1)
    for hour in (9, 10, 11, 13, 14, 15, 16):
        book(visitor(), small, starts_at=at(MONDAY, hour))
    return join_waiting_list(member=alice, site_service_id=small.pk, day=MONDAY)


def done(booking):
    Booking.objects.filter(pk=booking.pk).update(
        state="completed",
        checked_in_at=booking.starts_at,
        ended_at=booking.ends_at,
        rating=5,
        rated_at=booking.ends_at,
        rating_words="很细心",
    )


def leave(member):
    proved(member, request=closure_request(member))
    return request_closure(member=member, context=AT_WEB)


def test_the_copy_holds_all_of_it(alice, dentist, full):
    done(book(alice, dentist, guest_id=family(alice).pk))
    case_provider()
    entitle_now(alice, case_service())
    ask(alice, text="头痛两天了")
    request = request_copy(member=alice, context=AT_WEB)
    assert run_data_request(request_id=request.pk)
    request.refresh_from_db()
    with default_storage.open(request.file.name) as file, zipfile.ZipFile(file) as copy:
        told = json.loads(next(copy.read(name) for name in copy.namelist() if name.endswith(".json")))
    words = json.dumps(told, ensure_ascii=False)
    for known in ("很细心", "头痛两天了", "李小红", "Gold", "Telephone doctor", "南京东路", str(MONDAY)):
        assert known in words


def test_visits_and_waiting_are_told_in_words(alice, dentist, full):
    done(book(alice, dentist, guest_id=family(alice).pk))
    visits, waiting = export_visits(alice)
    (row,) = visits.rows
    assert (row["service"], row["relation"], row["name"], row["state"]) == (
        *("Dental cleaning", "spouse", "李小红", "completed"),
    )
    assert row["starts_at"] == "2027-03-08 10:00:00+08:00" and visits.labels["rating_words"]
    (row,) = waiting.rows
    assert (row["day"], row["name"], row["state"]) == (str(MONDAY), None, "waiting")
    for stranger in (visitor(), MemberFactory()):
        assert [section.rows for section in export_visits(stranger)] == [[], []]


def test_what_was_said_is_erased_and_the_visit_stays(alice, dentist):
    assert erase_visits(alice) == []
    done(booking := book(alice, dentist))
    for _ in range(2):
        (kept,) = erase_visits(alice)
    booking.refresh_from_db()
    assert (booking.state, booking.rating, booking.rating_words) == ("completed", 5, "")
    assert kept.until.year == 2027 + 30


def test_a_visit_to_come_and_a_waiting_list_stand_in_the_way(alice, dentist, full):
    booking = book(alice, dentist)
    with pytest.raises(ClosureRefused) as refusal:
        leave(alice)
    assert [said.text.partition(".")[0] for said in refusal.value.obstacles] == [
        "A visit of yours is booked",
        "You wait for a place on a day that is full",
    ]
    cancel_booking(booking_id=booking.pk)
    leave_waiting_list(place_id=full.pk)
    assert visits_to_come(alice) == []
    told = [said.text for said in consequences(alice)]
    assert any("can't be booked without an account" in text for text in told)
    assert leave(alice).due_at


def test_booked_while_it_was_thought_over_the_account_stays_until_it_is_cancelled(alice, dentist, monday_morning):
    AccountClosure.objects.filter(pk=leave(alice).pk).update(due_at=at(MONDAY, 0) - timedelta(days=30))
    booking = book(alice, dentist)
    assert close_due_accounts() == 0 and Member.objects.get(pk=alice.pk).is_active
    cancel_booking(booking_id=booking.pk)
    assert close_due_accounts() == 1 and not Member.objects.get(pk=alice.pk).is_active


def test_nobody_without_benefits_is_told_of_them(dentist):
    nobody = MemberFactory()
    assert visits_to_come(nobody) == []
    assert not any("booked" in said.text for said in consequences(nobody))


def test_tiers_are_kept_and_said_to_be(alice):
    (kept,) = keep_tiers(alice)
    assert "VIP" in kept.what
    assert keep_tiers(MemberFactory()) == []
    assert keep_tiers(visitor()) == []
