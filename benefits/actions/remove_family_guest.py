"""A member takes somebody off the family list."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from benefits.models import Booking, Case, FamilyGuest, WaitingPlace
from benefits.refusals import FamilyChangesUsedUp, GuestExpected, NotACustomer
from members.models import Customer, Member

#: People taken off in a calendar year: a list that changes with every visit would be no family list.
CHANGES_A_YEAR = 2


@transaction.atomic
def remove_family_guest(*, member: Member, guest_id: int) -> None:
    """Past visits keep the name. Who is off the list already stays off it.

    Raises FamilyGuest.DoesNotExist, for somebody else's, too, and BenefitRefused: NotACustomer, GuestExpected,
    FamilyChangesUsedUp.
    """
    if member.customer_id is None:
        raise NotACustomer
    # In this order, as when somebody is listed; then the guest, whom a booking locks, too.
    Customer.objects.select_for_update(no_key=True).get(pk=member.customer_id)
    guest = FamilyGuest.objects.select_for_update().get(pk=guest_id, customer=member.customer_id)
    if guest.removed_at:
        return
    if expected := expected_of(guest):
        raise GuestExpected(expected)
    if not changes_left(member.customer_id):
        raise FamilyChangesUsedUp(CHANGES_A_YEAR, date(timezone.localdate().year + 1, 1, 1))
    guest.removed_at = timezone.now()
    guest.save(update_fields=["removed_at"])


def expected_of(guest: FamilyGuest) -> list[tuple[str, datetime | date | None]]:
    """Visits with their start, then waiting lists with their day, then open cases, which have none."""
    booked = Booking.objects.filter(guest=guest, state__in=Booking.OPEN).order_by("starts_at")
    waits = WaitingPlace.objects.waiting().filter(guest=guest, day__gte=timezone.localdate()).order_by("day", "pk")
    cases = Case.objects.open().filter(guest=guest).order_by("pk")
    return [
        *((each.entitlement.service.name, each.starts_at) for each in booked.select_related("entitlement__service")),
        *((each.at.service.name, each.day) for each in waits.select_related("at__service")),
        *((each.entitlement.service.name, None) for each in cases.select_related("entitlement__service")),
    ]


def changes_left(customer_id: int) -> int:
    """How many people may still be taken off this year (Asia/Shanghai)."""
    removed = FamilyGuest.objects.filter(customer=customer_id, removed_at__year=timezone.localdate().year)
    return max(0, CHANGES_A_YEAR - removed.count())
