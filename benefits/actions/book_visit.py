"""A member books a visit, for themselves or for somebody on their family list."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from benefits.actions.quota import hold
from benefits.actions.take_place import lock_place, take_place
from benefits.booking_rules import first_usable, guest_of, require_level
from benefits.events import VisitBooked, visit_booked
from benefits.models import Allowance, Booking, Entitlement, Service
from benefits.refusals import BenefitRefused, DoubleBooked, NotACustomer, RequestConflict
from members.models import Member

LONGEST_KEY = 100
# What every booking asks is put in SQL: for 300 bookings/s on two cores (tests.benchmarks.bookings) there are 6 ms
# each, of which the ORM would take one a query.
LOCKED = "SELECT * FROM benefits_entitlement WHERE customer_id = %s AND service_id = %s ORDER BY id FOR UPDATE"
TERMS = "SELECT * FROM benefits_allowance WHERE id = ANY(%s)"


def book_visit(
    *, member: Member, site_service_id: int, starts_at: datetime, guest_id: int | None = None, key: str
) -> Booking:
    """Takes one of the quota and one place of the slot, or neither: all in one transaction.

    Locks in this order, everywhere: the place, the entitlements of the customer for the service, the slot. `key`: the
    caller's, 1 to 100 characters; the same again returns the first booking and does nothing. `guest_id`: of the family
    list. Raises Service.DoesNotExist where there is no such place, and BenefitRefused (benefits.refusals), SlotTaken
    with the next free ones among them.
    """
    if not 0 < len(key) <= LONGEST_KEY:
        raise ValueError(f"a key has 1 to {LONGEST_KEY} characters")
    if member.customer_id is None:
        raise NotACustomer
    try:
        with transaction.atomic():
            return book(member, member.customer_id, site_service_id, starts_at, guest_id, key)
    except (BenefitRefused, IntegrityError) as fault:
        # Looked for only now: a request that comes again is rare, and refused by what it did the first time.
        made = Booking.objects.filter(customer=member.customer_id, request_key=key).select_related("slot").first()
        if made:
            return same_again(made, site_service_id, starts_at, guest_id)
        if "benefits_one_place_at_a_time" in str(fault):
            raise DoubleBooked from fault
        raise


def book(
    member: Member, customer_id: int, site_service_id: int, starts_at: datetime, guest_id: int | None, key: str
) -> Booking:
    service = lock_place(site_service_id)
    entitlements = locked_entitlements(customer_id, service, starts_at)
    require_level(member, service.required_level)
    guest = guest_of(member, guest_id)
    entitlement = first_usable(entitlements, guest, starts_at)
    place = take_place(site_service_id=site_service_id, starts_at=starts_at, customer_id=customer_id)
    hold(entitlement.pk, for_family=guest is not None)
    booking = Booking(
        customer_id=customer_id,
        member=member,
        guest=guest,
        entitlement=entitlement,
        slot_id=place.slot_id,
        starts_at=place.starts_at,
        ends_at=place.ends_at,
        contract_price_id=place.contract_price_id,
        price=place.price,
        request_key=key,
        booked_at=timezone.now(),
    )
    booking.save(force_insert=True)
    visit_booked.send(VisitBooked, fact=VisitBooked(booking.pk, customer_id, place.has_system))
    return booking


def locked_entitlements(customer_id: int, service: Service, starts_at: datetime) -> list[Entitlement]:
    """All that this customer has of the service at all, whatever the day: of two requests the second waits here.

    Those usable on the day of the visit are returned, the one that ends first before the others.
    """
    day = timezone.localdate(starts_at)
    locked = list(Entitlement.objects.raw(LOCKED, [customer_id, service.pk]))
    usable = [one for one in locked if one.starts_on <= day <= one.ends_on and one.withdrawn_on is None]
    terms = {one.pk: one for one in Allowance.objects.raw(TERMS, [[one.allowance_id for one in usable]])}
    for entitlement in usable:
        entitlement.allowance = terms[entitlement.allowance_id]
    return sorted(usable, key=lambda one: (one.ends_on, one.pk))


def same_again(made: Booking, site_service_id: int, starts_at: datetime, guest_id: int | None) -> Booking:
    """Raises RequestConflict where the key stands for something else."""
    if (made.slot.at_id, made.starts_at, made.guest_id) != (site_service_id, starts_at, guest_id):
        raise RequestConflict
    return made
