"""Waiting lists are served as places become free."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from benefits.actions.book_visit import book_visit
from benefits.actions.one_by_one import one_by_one
from benefits.models import WaitingPlace
from benefits.queries.offers import closed_to_all
from benefits.queries.places import free_slots
from benefits.refusals import BenefitRefused, DoubleBooked, SlotTaken, TooSoon

State = WaitingPlace.State
#: What is wrong with one time of the day alone.
OF_THE_TIME = (SlotTaken, DoubleBooked, TooSoon)


def serve_waiting_lists() -> int:
    """Books for those who wait what has become free, first come first served; answers for how many.

    A time that somebody else takes in between, or at which the guest is elsewhere, is not theirs: they wait on. What a
    member can't have any more (quota used up, level lost, the day was closed) ends their waiting, with the reason.
    """
    WaitingPlace.objects.waiting().filter(day__lt=timezone.localdate()).update(state=State.PASSED)
    ids = list(WaitingPlace.objects.waiting().values_list("pk", flat=True))
    return one_by_one(ids, serve, fault="waiting_place_not_served")


def serve(place_id: int) -> bool:
    place = WaitingPlace.objects.select_related("member").get(pk=place_id)
    if refusal := closed_to_all(place.at_id, place.day):
        end_waiting(place, refusal)
        return False
    for slot in free_slots(place.at_id, place.day, timezone.now()):
        try:
            return book_for(place, slot.starts_at)
        except OF_THE_TIME:
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
