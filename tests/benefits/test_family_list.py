"""The family list: who is put on it, who isn't, and who can't be taken off."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from benefits.actions.end_case import cancel_case
from benefits.actions.list_family_guest import list_family_guest
from benefits.actions.remove_family_guest import changes_left, remove_family_guest
from benefits.models import Booking, FamilyGuest, WaitingPlace
from benefits.refusals import (
    BenefitNeedsLevel,
    BenefitRefused,
    BirthDateDiffers,
    FamilyChangesUsedUp,
    FamilyListFull,
    GuestExpected,
    GuestNotListed,
    ListedAlready,
    NotACustomer,
    NotFamilyYourself,
    TooSoonAfterLast,
)
from members.documents import NotADocumentNumber
from tests.benefits import desk_cast
from tests.benefits.desk_cast import ask, case_provider, case_service
from tests.benefits.network import MONDAY, at
from tests.benefits.visitors import book, terms, visitor
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import verified

#: Resident IDs that nobody has, with right check digits, and the birth dates in them.
IDS = {
    "110101196203076345": date(1962, 3, 7),
    "110101193507150312": date(1935, 7, 15),
    "310115201206018018": date(2012, 6, 1),
    "440305201809200023": date(2018, 9, 20),
    "510107198212121510": date(1982, 12, 12),
    "330106199001013323": date(1990, 1, 1),
    "420106197111113018": date(1971, 11, 11),
}


def with_check_digit(number):
    from stdnum.cn.ric import calc_check_digit

    return number[:17] + calc_check_digit(number[:17] + "0")


PEOPLE = [(with_check_digit(number), born) for number, born in IDS.items()]


@pytest.fixture
def alice(db):
    return verified(MemberFactory(customer=CustomerFactory()))


def add(member, which=0, *, name="李小红", relation="spouse", **other):
    id_no, born = PEOPLE[which]
    return list_family_guest(
        **{"member": member, "name": name, "relation": relation, "id_no": id_no, "birth_date": born} | other
    )


def test_somebody_is_listed_and_what_is_known_of_them_is_sealed(alice):
    guest = add(alice, name=" 李小红 ")
    assert (guest.name, guest.relation, guest.place) == ("李小红", "spouse", 1)
    assert guest.id_no_end == PEOPLE[0][0][-4:]
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, id_no FROM benefits_familyguest")
        kept = b"".join(bytes(each) for each in cursor.fetchone())
    assert "李小红".encode() not in kept and PEOPLE[0][0].encode() not in kept


def test_sent_twice_it_is_one(alice):
    assert add(alice) == add(alice)
    assert FamilyGuest.objects.count() == 1


def test_full_width_digits_and_spaces_are_the_same_number(alice):
    add(alice)
    typed = PEOPLE[0][0].translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert add(alice, id_no=f"{typed[:6]} {typed[6:]}").place == 1


@pytest.mark.parametrize(
    ("what", "refusal"),
    [
        ({"id_no": "123"}, NotADocumentNumber),
        ({"id_no": PEOPLE[0][0][:17] + ("0" if PEOPLE[0][0][17] != "0" else "1")}, NotADocumentNumber),
        ({"birth_date": date(1962, 3, 8)}, BirthDateDiffers),
    ],
)
def test_a_document_that_is_none_or_says_another_day(alice, what, refusal):
    with pytest.raises(refusal):
        add(alice, **what)
    assert not FamilyGuest.objects.exists()


def test_the_same_document_under_another_name(alice):
    add(alice)
    with pytest.raises(ListedAlready):
        add(alice, name="李大红")


def test_oneself(alice):
    alice.customer.id_no = PEOPLE[0][0]
    alice.customer.save()
    with pytest.raises(NotFamilyYourself):
        add(alice)


def test_who_is_no_customer_or_not_verified(db):
    with pytest.raises(NotACustomer):
        add(MemberFactory())
    with pytest.raises(BenefitNeedsLevel):
        add(MemberFactory(customer=CustomerFactory()))


def test_six_and_no_more_and_a_free_place_is_taken_again(alice):
    for which in range(6):
        add(alice, which, name=f"家人{which}")
    with pytest.raises(FamilyListFull) as refusal:
        add(alice, 6)
    assert refusal.value.places == 6
    gone = FamilyGuest.objects.get(place=3)
    remove_family_guest(member=alice, guest_id=gone.pk)
    assert add(alice, 6).place == 3


def test_the_database_has_six_places_for_one_person_each(alice):
    guest = add(alice)
    for place in (1, 0, 7):
        guest.pk, guest.place, guest.id_no = None, place, f"another {place}"
        with pytest.raises(IntegrityError), transaction.atomic():
            guest.save(force_insert=True)


def test_two_are_taken_off_in_a_year_and_the_list_begins_anew_with_the_next(alice):
    with time_machine.travel("2026-12-31T23:00:00+08:00", tick=False) as clock:
        guests = [add(alice, which, name=f"家人{which}") for which in range(4)]
        for guest in guests[:2]:
            remove_family_guest(member=alice, guest_id=guest.pk)
            remove_family_guest(member=alice, guest_id=guest.pk)
        assert changes_left(alice.customer_id) == 0
        with pytest.raises(FamilyChangesUsedUp) as refusal:
            remove_family_guest(member=alice, guest_id=guests[2].pk)
        assert refusal.value.again_on == date(2027, 1, 1)
        clock.move_to("2027-01-01T00:00:01+08:00")
        remove_family_guest(member=alice, guest_id=guests[2].pk)
        assert changes_left(alice.customer_id) == 1


def test_strangers_find_nobody(alice):
    guest = add(alice)
    stranger = verified(MemberFactory(customer=CustomerFactory()))
    with pytest.raises(FamilyGuest.DoesNotExist):
        remove_family_guest(member=stranger, guest_id=guest.pk)
    guest.refresh_from_db()
    assert guest.removed_at is None


def of_family(**other):
    """Somebody who may send one of two visits to family, and does."""
    allowance = terms(quota=2, family_quota=1, family_relations=["spouse"], gap_days=0)
    member = visitor(allowance=allowance, quota=2, family_quota=1)
    return member, add(member)


def test_whoever_is_expected_somewhere_stays_listed(dentist):
    member, guest = of_family()
    booking = book(member, dentist, guest_id=guest.pk)
    with pytest.raises(GuestExpected) as refusal:
        remove_family_guest(member=member, guest_id=guest.pk)
    assert refusal.value.expected == [(dentist.service.name, booking.starts_at)]
    assert dentist.service.name in str(refusal.value)


def test_waiting_lists_and_cases_keep_them_listed_too(dentist):
    member, guest = of_family()
    WaitingPlace.objects.create(customer=member.customer, member=member, guest=guest, at=dentist, day=MONDAY)
    case_provider("tele_doctor")
    desk_cast.entitle(member, case_service(), family_quota=2, family_relations=["spouse"])
    case = ask(member, guest_id=guest.pk)
    with pytest.raises(GuestExpected) as refusal:
        remove_family_guest(member=member, guest_id=guest.pk)
    assert refusal.value.expected == [(dentist.service.name, MONDAY), (case.entitlement.service.name, None)]
    assert case.entitlement.service.name in str(refusal.value)
    WaitingPlace.objects.update(state="left")
    cancel_case(case_id=case.pk, member=member)
    remove_family_guest(member=member, guest_id=guest.pk)
    guest.refresh_from_db()
    assert guest.removed_at


def test_listed_again_they_are_the_same_person(dentist):
    """Taken off and put on again, nobody has their teeth cleaned the day after."""
    allowance = terms(quota=3, family_quota=3, family_relations=["spouse", "parent"], gap_days=30)
    member = visitor(allowance=allowance, quota=3, family_quota=3)
    guest = add(member)
    booking = book(member, dentist, guest_id=guest.pk)
    Booking.objects.filter(pk=booking.pk).update(
        state="completed", checked_in_at=booking.starts_at, ended_at=booking.ends_at
    )
    remove_family_guest(member=member, guest_id=guest.pk)
    again, other = add(member), add(member, 1, name="李大明", relation="parent")
    assert again.pk != guest.pk
    with pytest.raises(TooSoonAfterLast):
        book(member, dentist, guest_id=again.pk, starts_at=at(MONDAY + timedelta(days=1), 10))
    assert book(member, dentist, guest_id=other.pk, starts_at=at(MONDAY + timedelta(days=1), 11))


@pytest.mark.django_db(transaction=True)
def test_nobody_is_taken_off_while_a_visit_is_booked_for_them(dentist):
    """Both at once, many times: either there is no visit, or they are on the list."""
    for _ in range(5):
        member, guest = of_family()

        def answer(call):
            try:
                return call()
            except BenefitRefused as refusal:
                return refusal
            finally:
                connection.close()

        calls = (
            lambda member=member, guest=guest: book(member, dentist, guest_id=guest.pk),
            lambda member=member, guest=guest: remove_family_guest(member=member, guest_id=guest.pk),
        )
        with ThreadPoolExecutor(2) as pool:
            booked, removed = pool.map(answer, calls)
        guest.refresh_from_db()
        if isinstance(removed, GuestExpected):
            assert guest.removed_at is None
        else:
            assert isinstance(booked, GuestNotListed) or booked.pk is None
        guest.bookings.update(state="cancelled", ended_at=guest.listed_at)
        dentist.slots.update(taken=0)


@pytest.mark.django_db(transaction=True)
def test_six_places_and_many_who_are_added_at_once():
    alice = verified(MemberFactory(customer=CustomerFactory()))

    def some(which):
        try:
            return add(alice, which, name=f"家人{which}")
        except FamilyListFull as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(7) as pool:
        answers = list(pool.map(some, range(7)))
    assert sum(isinstance(each, FamilyListFull) for each in answers) == 1
    assert sorted(FamilyGuest.objects.values_list("place", flat=True)) == [1, 2, 3, 4, 5, 6]
