"""The waiting list of a day that is full: joined, and left."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from benefits.booking_rules import guest_of, require_level
from benefits.models import Entitlement, SiteService, WaitingPlace
from benefits.queries.offers import closed_to_all
from benefits.queries.places import free_slots
from benefits.refusals import NotACustomer, NotEntitled, NotOnWaitingList, PlacesAreFree, TooManyWaits
from members.models import Customer, Member

State = WaitingPlace.State
#: So many lists one customer is on at a time: whoever is on every list of a city is served before who needs one.
LISTS_AT_ONCE = 5


@transaction.atomic
def join_waiting_list(*, member: Member, site_service_id: int, day: date, guest_id: int | None = None) -> WaitingPlace:
    """Whoever waits takes any slot of that day. Joined twice, it is one place.

    Raises SiteService.DoesNotExist, NotACustomer, BenefitNeedsLevel, GuestNotListed, whatever closes the day to
    everybody (benefits.queries.offers.closed_to_all), NotEntitled, PlacesAreFree, TooManyWaits.
    """
    if member.customer_id is None:
        raise NotACustomer
    at = SiteService.objects.select_related("service").get(pk=site_service_id)
    # Of two that are asked for at once the second one waits here, and is counted; before the guest, as everywhere.
    Customer.objects.select_for_update(no_key=True).get(pk=member.customer_id)
    require_level(member, at.service.required_level)
    wanted = {"customer_id": member.customer_id, "guest": guest_of(member, guest_id), "at": at, "day": day}
    waiting = WaitingPlace.objects.waiting().filter(customer=member.customer_id)
    if joined := waiting.filter(**wanted).first():
        return joined
    if refusal := closed_to_all(site_service_id, day):
        raise refusal
    if not Entitlement.objects.usable(on=day).filter(customer=member.customer_id, service=at.service).exists():
        raise NotEntitled
    if free_slots(site_service_id, day, timezone.now()):
        raise PlacesAreFree
    if waiting.filter(day__gte=timezone.localdate()).count() >= LISTS_AT_ONCE:
        raise TooManyWaits(LISTS_AT_ONCE)
    return WaitingPlace.objects.create(**wanted, member=member)


@transaction.atomic
def leave_waiting_list(*, place_id: int) -> None:
    """Twice is once. Raises WaitingPlace.DoesNotExist, NotOnWaitingList (it was booked or is over)."""
    place = WaitingPlace.objects.select_for_update().get(pk=place_id)
    if place.state == State.LEFT:
        return
    if place.state != State.WAITING:
        raise NotOnWaitingList
    place.state = State.LEFT
    place.save(update_fields=["state"])
