"""What a customer can book, where, and for whom."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db.models import Count
from django.utils import timezone

from benefits.booking_rules import first_usable, require_level
from benefits.booking_window import DAYS_AHEAD
from benefits.models import Entitlement, FamilyGuest, Service, SiteService
from benefits.queries.entitlements import total
from benefits.refusals import BenefitRefused
from members.models import Member


@dataclass(frozen=True)
class Coming:
    """What a benefit year gives that is yet to begin. `left`: None without an end."""

    left: int | None
    starts_on: date


@dataclass(frozen=True)
class Bookable:
    """`left`: how many can be booked in the benefit years that run, None without an end. `ends_on`: the last day of the
    one that ends first, which is booked on first; None where none runs. `coming`: the years after them, apart, as what
    is not used by then is gone.
    """

    service: Service
    left: int | None
    ends_on: date | None
    coming: tuple[Coming, ...]


@dataclass(frozen=True)
class Candidate:
    """Somebody for whom a visit may be booked: the customer (`guest` None) or one of the family list.

    `obstacle`: why it can't be for them at that time. `left_then`: how many are left once it is booked, None without
    an end. `cancel_hours`: until so long before it can be cancelled free of charge.
    """

    guest: FamilyGuest | None
    obstacle: BenefitRefused | None
    left_then: int | None = None
    cancel_hours: int = 0

    @property
    def guest_id(self) -> int | None:
        return self.guest.pk if self.guest else None


def bookable_services(member: Member, *, on: date) -> list[Bookable]:
    """Services with slots that the customer is entitled to on that day or as far ahead as can be booked, used up or
    not."""
    usable = (
        Entitlement.objects.filter(
            customer=member.customer_id,
            service__mode=Service.Mode.SLOT,
            starts_on__lte=on + timedelta(days=DAYS_AHEAD),
            ends_on__gte=on,
            withdrawn_on=None,
        )
        .select_related("service")
        .order_by("service", "ends_on", "pk")
    )
    return [bookable(service, list(given), on) for service, given in groupby(usable, key=lambda each: each.service)]


def bookable(service: Service, given: list[Entitlement], on: date) -> Bookable:
    running = [each for each in given if each.starts_on <= on]
    coming = [Coming(each.left, each.starts_on) for each in given if each.starts_on > on and each.left != 0]
    ends_on = running[0].ends_on if running else None
    return Bookable(service, total([each.left for each in running]), ends_on, tuple(coming))


def slot_service(code: str) -> Service:
    """Raises Service.DoesNotExist, for a service without slots, too."""
    return Service.objects.get(code=code, mode=Service.Mode.SLOT)


def cities_of(service: Service) -> list[str]:
    """Where it is offered, the city with the most sites first."""
    offered = SiteService.objects.filter(
        service=service, is_offered=True, site__is_active=True, site__provider__is_active=True
    )
    counted = offered.values("site__city").annotate(sites=Count("pk")).order_by("-sites", "site__city")
    return [each["site__city"] for each in counted]


def offer_at(service: Service, site_service_id: int) -> SiteService:
    """At a place, offered at present or not. Raises SiteService.DoesNotExist."""
    places = SiteService.objects.select_related("site__provider", "service")
    return places.get(pk=site_service_id, service=service)


def candidates(*, member: Member, service: Service, starts_at: datetime) -> list[Candidate]:
    """The customer first, then the family list in its order; looked at, not promised: nothing is locked."""
    day = timezone.localdate(starts_at)
    usable = (
        Entitlement.objects.usable(on=day)
        .filter(customer=member.customer_id, service=service)
        .select_related("allowance", "customer")
        .order_by("ends_on", "pk")
    )
    entitlements = list(usable)
    family = FamilyGuest.objects.filter(customer=member.customer_id, removed_at=None)
    return [candidate(member, service, entitlements, guest, starts_at) for guest in (None, *family)]


def candidate(
    member: Member, service: Service, entitlements: list[Entitlement], guest: FamilyGuest | None, starts_at: datetime
) -> Candidate:
    try:
        require_level(member, service.required_level)
        entitlement = first_usable(entitlements, guest, starts_at)
    except BenefitRefused as refusal:
        return Candidate(guest, refusal)
    left = entitlement.left
    return Candidate(guest, None, None if left is None else left - 1, entitlement.allowance.cancel_hours)
