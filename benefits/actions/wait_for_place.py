"""The waiting list of a day that is full: joined, left, and served as places become free."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from benefits.actions.book_visit import book_visit
from benefits.booking_rules import guest_of, require_level
from benefits.models import Entitlement, SiteService, WaitingPlace
from benefits.queries.places import free_slots
from benefits.refusals import (
    BenefitRefused,
    NotACustomer,
    NotEntitled,
    NotOnWaitingList,
    PastDate,
    PlacesAreFree,
    SlotTaken,
)
from members.models import Member

State = WaitingPlace.State


@transaction.atomic
def join_waiting_list(*, member: Member, site_service_id: int, day: date, guest_id: int | None = None) -> WaitingPlace:
    """Whoever waits takes any slot of that day. Joined twice, it is one place.

    Raises SiteService.DoesNotExist, NotACustomer, PastDate, BenefitNeedsLevel, GuestNotListed, NotEntitled,
    PlacesAreFree.
    """
    if member.customer_id is None:
        raise NotACustomer
    at = SiteService.objects.select_related("service").get(pk=site_service_id)
    require_level(member, at.service.required_level)
    guest = guest_of(member, guest_id)
    if day < timezone.localdate():
        raise PastDate
    if not Entitlement.objects.usable(on=day).filter(customer=member.customer_id, service=at.service).exists():
        raise NotEntitled
    if free_slots(site_service_id, day, timezone.now()):
        raise PlacesAreFree
    place, _created = WaitingPlace.objects.get_or_create(
        customer_id=member.customer_id, guest=guest, at=at, day=day, state=State.WAITING, defaults={"member": member}
    )
    return place


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


def serve_waiting_lists() -> int:
    """Books for those who wait what has become free, first come first served; answers for how many.

    A place that somebody else takes in between is gone: they wait on. What a member can't have any more (quota used
    up, level lost) ends their waiting, with the reason.
    """
    WaitingPlace.objects.waiting().filter(day__lt=timezone.localdate()).update(state=State.PASSED)
    return sum(serve(place) for place in WaitingPlace.objects.waiting().select_related("member"))


def serve(place: WaitingPlace) -> bool:
    """Each in a transaction of its own: one that fails keeps nobody else waiting."""
    for slot in free_slots(place.at_id, place.day, timezone.now()):
        try:
            return book_for(place, slot.starts_at)
        except SlotTaken:
            continue
        except BenefitRefused as refusal:
            end_waiting(place, refusal)
            return False
    return False


@transaction.atomic
def book_for(place: WaitingPlace, starts_at: datetime) -> bool:
    """False where the member gave up meanwhile, or another worker serves them. Raises BenefitRefused."""
    waiting = WaitingPlace.objects.select_for_update(skip_locked=True).filter(pk=place.pk, state=State.WAITING)
    if not waiting.exists():
        return False
    booking = book_visit(
        member=place.member,
        site_service_id=place.at_id,
        starts_at=starts_at,
        guest_id=place.guest_id,
        key=f"waiting:{place.pk}",
    )
    waiting.update(state=State.BOOKED, booking=booking)
    return True


def end_waiting(place: WaitingPlace, refusal: BenefitRefused) -> None:
    WaitingPlace.objects.filter(pk=place.pk, state=State.WAITING).update(state=State.PASSED, why_not=refusal.code)
