"""A booking takes one of the quota and one place, or neither."""

from datetime import date, timedelta

import pytest

from benefits.actions.cancel_booking import cancel_booking
from benefits.actions.end_booking import locked_booking
from benefits.actions.move_booking import move_booking
from benefits.models import Booking, Entitlement, Slot
from benefits.refusals import (
    BenefitNeedsLevel,
    DoubleBooked,
    FamilyQuotaUsedUp,
    GuestNotListed,
    NotACustomer,
    NotAtThisAge,
    NotEntitled,
    NotForFamily,
    OpenAlready,
    QuotaUsedUp,
    RequestConflict,
    SlotTaken,
    TooSoonAfterLast,
)
from tests.benefits.network import MONDAY, at, make_offer
from tests.benefits.visitors import book, entitle, family, terms, visitor
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import verified

pytestmark = pytest.mark.usefixtures("monday_morning")


def standing(member):
    """held, used, family_used of the only entitlement; and places taken in all."""
    entitlement = Entitlement.objects.get(customer=member.customer)
    taken = sum(Slot.objects.values_list("taken", flat=True))
    return entitlement.held, entitlement.used, entitlement.family_used, taken


def refused(error, member, place, **other):
    """Raises nothing but that, says something, and leaves no trace."""
    before = (
        Booking.objects.count(),
        list(Entitlement.objects.order_by("pk").values_list("held", "used")),
        [taken for taken in Slot.objects.order_by("pk").values_list("taken", flat=True) if taken],
    )
    with pytest.raises(error) as caught:
        book(member, place, **other)
    after = (
        Booking.objects.count(),
        list(Entitlement.objects.order_by("pk").values_list("held", "used")),
        [taken for taken in Slot.objects.order_by("pk").values_list("taken", flat=True) if taken],
    )
    assert before == after
    assert str(caught.value) and caught.value.code != "benefit_refused"
    return caught.value


def test_quota_and_place_are_taken_together(dentist):
    member = visitor()
    booking = book(member, dentist)
    assert standing(member) == (1, 0, 0, 1)
    assert (booking.state, booking.starts_at, booking.ends_at) == ("booked", at(MONDAY, 10), at(MONDAY, 11))
    assert booking.price == booking.contract_price.price > 0
    assert len(booking.code) == 8


def test_the_same_request_again_is_the_same_booking(dentist):
    member = visitor(quota=2)
    assert book(member, dentist, key="tap") == book(member, dentist, key="tap")
    assert standing(member) == (1, 0, 0, 1)


def test_a_key_that_stands_for_another_booking_is_refused(dentist):
    member = visitor(quota=2)
    book(member, dentist, key="tap")
    refused(RequestConflict, member, dentist, key="tap", starts_at=at(MONDAY, 14))


def test_what_is_used_up_is_used_up(dentist):
    member = visitor(allowance=terms(gap_days=0))
    book(member, dentist)
    refusal = refused(QuotaUsedUp, member, dentist, starts_at=at(MONDAY, 14))
    assert refusal.ends_on == date(2027, 12, 31)


def test_without_an_end_there_is_always_one_more(dentist):
    member = visitor(quota=None, allowance=terms(gap_days=0, quota=None))
    for hour in (9, 10, 11):
        book(member, dentist, starts_at=at(MONDAY, hour))
    assert standing(member) == (3, 0, 0, 3)


def test_fair_use_is_so_many_at_a_time(dentist):
    member = visitor(quota=None, allowance=terms(gap_days=0, quota=None, open_at_once=1))
    book(member, dentist)
    refused(OpenAlready, member, dentist, starts_at=at(MONDAY, 14))


def test_a_full_slot_names_the_next_free_ones(dentist):
    book(visitor(), dentist)
    refusal = refused(SlotTaken, visitor(), dentist)
    assert [slot.starts_at for slot in refusal.next_free][:2] == [at(MONDAY, 11), at(MONDAY, 13)]


def test_what_nobody_gives_can_not_be_booked(dentist):
    refused(NotEntitled, verified(MemberFactory(customer=CustomerFactory())), dentist)


def test_of_another_year_or_withdrawn_nothing_is_booked(dentist):
    refused(NotEntitled, visitor(starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)), dentist)
    refused(NotEntitled, visitor(withdrawn_on=date(2027, 2, 1)), dentist)


def test_an_account_without_a_customer_has_no_benefits(dentist):
    refused(NotACustomer, MemberFactory(), dentist)


def test_the_level_is_needed(dentist):
    member = MemberFactory(customer=CustomerFactory())
    entitle(member)
    assert refused(BenefitNeedsLevel, member, dentist).needed == dentist.service.required_level


def test_the_one_that_ends_first_is_used_first(dentist):
    member = visitor(ends_on=date(2027, 12, 31))
    sooner = entitle(member, ends_on=date(2027, 6, 30))
    assert book(member, dentist).entitlement == sooner


def test_with_one_used_up_the_other_serves(dentist):
    member = visitor(allowance=terms(gap_days=0))
    entitle(member, ends_on=date(2027, 6, 30), quota=1, used=1)
    assert book(member, dentist).entitlement.ends_on == date(2027, 12, 31)


# --- conditions of benefits.csv ---------------------------------------------------------------------------------


def test_ninety_days_lie_between_two_visits(dentist, monday_morning):
    member = visitor(quota=4)
    first = book(member, dentist)
    refusal = refused(TooSoonAfterLast, member, dentist, starts_at=at(MONDAY + timedelta(days=7), 10))
    assert refusal.earliest == MONDAY + timedelta(days=90)
    monday_morning.shift(timedelta(days=60))
    on_the_day = MONDAY + timedelta(days=91)  # the 90th is a Sunday
    assert book(member, dentist, starts_at=at(on_the_day, 10)).pk != first.pk


def test_a_visit_is_not_put_before_one_that_is_booked(dentist, monday_morning):
    member = visitor(quota=4)
    book(member, dentist, starts_at=at(MONDAY + timedelta(days=42), 10))
    refused(TooSoonAfterLast, member, dentist)


def test_days_between_visits_are_each_persons_own(dentist):
    allowance = terms(quota=2, family_quota=1, family_relations=["spouse"])
    member = visitor(quota=2, family_quota=1, allowance=allowance)
    book(member, dentist)
    assert book(member, dentist, starts_at=at(MONDAY, 11), guest_id=family(member).pk)


def test_family_comes_within_its_share(dentist):
    allowance = terms(quota=3, gap_days=0, family_quota=1, family_relations=["spouse", "parent"])
    member = visitor(quota=3, family_quota=1, allowance=allowance)
    spouse, father = family(member), family(member, relation="parent", born=date(1950, 1, 1))
    assert book(member, dentist, guest_id=spouse.pk).guest == spouse
    assert standing(member) == (1, 0, 1, 1)
    refused(FamilyQuotaUsedUp, member, dentist, guest_id=father.pk, starts_at=at(MONDAY, 11))


def test_family_may_not_come_where_the_terms_say_the_member_alone(dentist):
    member = visitor(quota=2)
    refused(NotForFamily, member, dentist, guest_id=family(member).pk)
    allowance = terms(quota=2, family_quota=2, family_relations=["spouse"])
    member = visitor(quota=2, family_quota=2, allowance=allowance)
    refused(NotForFamily, member, dentist, guest_id=family(member, relation="child").pk)


def test_a_guest_is_on_the_list_of_the_customer(dentist):
    allowance = terms(quota=2, family_quota=2, family_relations=["spouse"])
    member, stranger = visitor(quota=2, family_quota=2, allowance=allowance), visitor()
    refused(GuestNotListed, member, dentist, guest_id=family(stranger).pk)
    gone = family(member)
    gone.removed_at = at(MONDAY, 9)
    gone.save()
    refused(GuestNotListed, member, dentist, guest_id=gone.pk)


def test_age_is_counted_at_the_visit(dentist):
    allowance = terms(min_age=18, max_age=75)
    member = visitor(allowance=allowance)
    member.customer.birth_date = date(2009, 3, 9)
    member.customer.save()
    refusal = refused(NotAtThisAge, member, dentist)
    assert (refusal.youngest, refusal.oldest) == (18, 75)
    member.customer.birth_date = date(2009, 3, 8)  # 18 on the Monday of the visit
    member.customer.save()
    assert book(member, dentist)


def test_nobody_is_at_two_places_at_once(dentist):
    member = visitor(quota=2, allowance=terms(gap_days=0))
    book(member, dentist)
    refused(DoubleBooked, member, make_offer())


def test_nobody_is_in_two_places_for_a_part_of_the_time(dentist):
    """From ten to eleven at the dentist's, and half an hour of that elsewhere: refused; before and after it, booked."""
    allowance = terms(quota=9, gap_days=0, family_quota=9, family_relations=["spouse"])
    member = visitor(quota=9, family_quota=9, allowance=allowance)
    book(member, dentist)
    short, long = make_offer(slot_minutes=30), make_offer(slot_minutes=180)
    refused(DoubleBooked, member, short, starts_at=at(MONDAY, 10, 30))
    refused(DoubleBooked, member, long, starts_at=at(MONDAY, 9))
    book(member, short, starts_at=at(MONDAY, 9, 30))
    later = book(member, short, starts_at=at(MONDAY, 11))
    book(member, short, starts_at=at(MONDAY, 10, 30), guest_id=family(member).pk)
    with pytest.raises(DoubleBooked):
        move_booking(booking_id=later.pk, site_service_id=short.pk, starts_at=at(MONDAY, 10))
    cancel_booking(booking_id=later.pk)
    assert book(member, short, starts_at=at(MONDAY, 11))


def test_a_booking_is_locked_after_its_entitlement(dentist, django_assert_num_queries):
    booking = book(visitor(), dentist)
    with django_assert_num_queries(3):
        assert locked_booking(booking.pk) == booking
