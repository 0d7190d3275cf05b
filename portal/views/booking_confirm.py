"""The last page before a visit is booked: everything on one screen."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from benefits.actions.book_visit import book_visit
from benefits.actions.take_place import NAMED
from benefits.models import SiteService
from benefits.queries.bookable import Candidate, candidates
from benefits.queries.places import free_slots, next_free_slots
from benefits.refusals import BenefitRefused, GuestNotListed, SlotTaken
from members.models import Member
from members.queries import level_of
from portal.booking_words import explained
from portal.choosing_visits import VisitChoice, kept
from portal.views.booking_search import place_of, service_of
from portal.visitors import member_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def confirm(request: HttpRequest, code: str) -> HttpResponse:
    """What, where, when, for whom, what is left afterwards; by POST it is booked."""
    member, service, choice = member_of(request), service_of(code), kept(request, code)
    if choice is None:
        return redirect("benefit_booking", code)
    offer = place_of(service, choice.place_id)
    if request.method == "POST":
        return booked(request, member, offer, choice)
    slot = next(iter(free_slots(offer.pk, timezone.localdate(choice.moment), choice.moment)), None)
    if slot is None or slot.starts_at != choice.moment:
        taken = SlotTaken(next_free_slots(offer.pk, max(choice.moment, timezone.now()), NAMED))
        return refused(request, member, offer, choice, taken)
    person = chosen_person(candidates(member=member, service=service, starts_at=choice.moment), choice.guest_id)
    if person.obstacle:
        return refused(request, member, offer, choice, person.obstacle)
    return render(
        request,
        "portal/bookings/confirm.html",
        {
            "service": service,
            "site": offer.site,
            "offer": offer,
            "slot": slot,
            "person": person,
            "choice": choice,
            "free_until": slot.starts_at - timedelta(hours=person.cancel_hours),
            "is_free_now": timezone.now() < slot.starts_at - timedelta(hours=person.cancel_hours),
        },
    )


def booked(request: HttpRequest, member: Member, offer: SiteService, choice: VisitChoice) -> HttpResponse:
    if request.POST.get("key") != choice.key:  # chosen anew meanwhile, on another page
        return redirect("booking-confirm", offer.service.code)
    try:
        booking = book_visit(
            member=member,
            site_service_id=offer.pk,
            starts_at=choice.moment,
            guest_id=choice.guest_id,
            key=choice.key,
        )
    except BenefitRefused as refusal:
        return refused(request, member, offer, choice, refusal)
    return redirect("booking", booking.pk)


def chosen_person(people: list[Candidate], guest_id: int | None) -> Candidate:
    """Of somebody taken off the list meanwhile, that."""
    found = next((each for each in people if each.guest_id == guest_id), None)
    return found or Candidate(None, GuestNotListed())


def refused(
    request: HttpRequest, member: Member, offer: SiteService, choice: VisitChoice, refusal: BenefitRefused
) -> HttpResponse:
    """Why not, and the next free times to be taken by a tap; who is to come stays chosen."""
    return render(
        request,
        "portal/bookings/refused.html",
        explained(refusal, held=level_of(member), back_to=page_of(offer, choice))
        | {
            "offer": offer,
            "next_free": refusal.next_free if isinstance(refusal, SlotTaken) else [],
            "guest_id": choice.guest_id,
        },
        status=409,
    )


def page_of(offer: SiteService, choice: VisitChoice) -> str:
    """The place's, on the day that was chosen."""
    page = reverse("booking-place", args=[offer.service.code, offer.pk])
    return f"{page}?day={timezone.localdate(choice.moment)}"
