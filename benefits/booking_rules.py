"""May this person have this visit on this entitlement? Pure of writing; what the database holds is locked by then."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from benefits.models import Booking, Entitlement, FamilyGuest
from benefits.models.booking import BookingQuerySet
from benefits.refusals import (
    BenefitNeedsLevel,
    BenefitRefused,
    FamilyQuotaUsedUp,
    GuestNotListed,
    NotAtThisAge,
    NotEntitled,
    NotForFamily,
    OpenAlready,
    QuotaUsedUp,
    ServiceSuspended,
    TooSoonAfterLast,
)
from benefits.suspension import suspended_until
from members.ages import age_on
from members.models import Level, Member
from members.queries import level_of


def require_level(member: Member, needed: int) -> None:
    """Raises BenefitNeedsLevel."""
    if level_of(member) < needed:
        raise BenefitNeedsLevel(Level(needed))


def guest_of(member: Member, guest_id: int | None) -> FamilyGuest | None:
    """The listed family member, None for oneself. Raises GuestNotListed, for somebody else's, too."""
    if guest_id is None:
        return None
    # Locked: whoever takes them off the list meanwhile looks for what is booked for them.
    theirs = FamilyGuest.objects.listed().filter(customer=member.customer_id)
    listed = theirs.select_for_update(no_key=True).filter(pk=guest_id).first()
    if listed is None:
        raise GuestNotListed
    return listed


def first_usable(entitlements: list[Entitlement], guest: FamilyGuest | None, starts_at: datetime) -> Entitlement:
    """Raises why the last one can't be used: with several, that is the one that lasts longest."""
    refusal: BenefitRefused = NotEntitled()
    for entitlement in entitlements:
        try:
            require_usable(entitlement, guest=guest, starts_at=starts_at)
        except BenefitRefused as found:
            refusal = found
        else:
            return entitlement
    raise refusal


def require_usable(
    entitlement: Entitlement, *, guest: FamilyGuest | None, starts_at: datetime, moving: Booking | None = None
) -> None:
    """Raises what keeps this entitlement, locked, from taking the visit. `moving`: a booking of its own that moves
    there, which takes nothing more.

    The conditions are those of benefits.csv: quota, family, age, days between visits, fair use.
    """
    terms, day = entitlement.allowance, timezone.localdate(starts_at)
    require_age(entitlement, guest, day)
    if guest is not None and (not entitlement.family_quota or guest.relation not in terms.family_relations):
        raise NotForFamily
    if until := suspended_until(entitlement, on=day):
        raise ServiceSuspended(until)
    if terms.gap_days:
        visits = Booking.objects.of_service(entitlement)
        others = visits.exclude(pk=moving.pk) if moving else visits
        require_gap(visits_of_person(others, guest), terms.gap_days, day)
    if moving is not None:
        return
    if entitlement.quota is not None and not entitlement.left:
        raise QuotaUsedUp(entitlement.ends_on)
    if guest is not None and entitlement.family_used >= entitlement.family_quota:
        raise FamilyQuotaUsedUp
    if terms.open_at_once is not None:
        still_open = Booking.objects.of_service(entitlement).filter(state__in=Booking.OPEN)
        if still_open.count() >= terms.open_at_once:
            raise OpenAlready(terms.open_at_once)


def require_age(entitlement: Entitlement, guest: FamilyGuest | None, day: date) -> None:
    """At the visit. An unknown birth date is no obstacle: the desk sees the document. Raises NotAtThisAge."""
    terms = entitlement.allowance
    if terms.min_age is None and terms.max_age is None:
        return
    born = guest.birth_date if guest else entitlement.customer.birth_date
    if born is None:
        return
    age = age_on(born, day)
    too_young = terms.min_age is not None and age < terms.min_age
    if too_young or (terms.max_age is not None and age > terms.max_age):
        raise NotAtThisAge(terms.min_age, terms.max_age)


def visits_of_person(visits: BookingQuerySet, guest: FamilyGuest | None) -> BookingQuerySet:
    """Of one of the family also those from before they were taken off the list and listed again: whoever is listed is
    known by their document (benefits_guest_is_known)."""
    return visits.filter(guest__id_no_index=guest.id_no_index) if guest else visits.filter(guest=None)


def require_gap(visits: BookingQuerySet, gap_days: int, day: date) -> None:
    """To the visits of the same person before and after, booked ones, too. Raises TooSoonAfterLast."""
    apart = timedelta(days=gap_days)
    near = visits.taking_place().filter(starts_at__date__gt=day - apart, starts_at__date__lt=day + apart)
    latest = near.order_by("-starts_at").values_list("starts_at", flat=True).first()
    if latest:
        raise TooSoonAfterLast(gap_days, timezone.localdate(latest) + apart)
