"""Moving a visit to another time, at the same place or another one of the city."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from benefits.actions.move_booking import move_booking
from benefits.models import SiteService
from benefits.queries.bookings import Visit
from benefits.queries.offers import closed_to_all
from benefits.queries.places import search_places
from benefits.refusals import BenefitRefused, SlotTaken, TooLateToMove
from members.models import Member
from members.queries import level_of
from portal.booking_words import explained
from portal.choosing_visits import day_from, first_day, moment_from
from portal.numbers import number_from
from portal.views.booking_search import day_said, days_shown, parts_of_day, place_of, times_at
from portal.views.bookings import one
from portal.visitors import member_of

#: Of other places on the same day.
OTHERS = 10


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def move(request: HttpRequest, booking_id: int) -> HttpResponse:
    """The times of a `day` at a place (`at`); with one of them chosen (`to`) what changes; by POST it is moved."""
    member = member_of(request)
    visit = one(member, booking_id)
    asked = request.POST if request.method == "POST" else request.GET
    offer = place_of(visit.service, number_from(asked.get("at", "")) or visit.booking.slot.at_id)
    to = moment_from(asked.get("to", ""))
    if request.method == "POST" and to:
        try:
            move_booking(booking_id=booking_id, site_service_id=offer.pk, starts_at=to)
        except BenefitRefused as refusal:
            return refused(request, member, visit, offer, refusal)
        messages.success(request, _("It is moved. The code stays the same."))
        return redirect("booking", booking_id)
    if not visit.may_cancel:
        return redirect("booking", booking_id)
    if not visit.is_free_to_change:
        too_late = TooLateToMove(visit.booking.entitlement.allowance.cancel_hours)
        return refused(request, member, visit, offer, too_late)
    shown = {"visit": visit, "booking": visit.booking, "offer": offer, "site": offer.site}
    if to:
        return render(request, "portal/bookings/move_confirm.html", shown | {"to": to})
    service = visit.service
    since = max(timezone.localdate(visit.booking.starts_at), first_day(service))
    day, today, counted = times_at(offer, day_from(asked.get("day", "")), since=since)
    closed = None if today else closed_to_all(offer.pk, day)
    others = search_places(service_code=service.code, day=day, city=offer.site.city, limit=OTHERS)
    return render(
        request,
        "portal/bookings/move.html",
        shown
        | {
            "service": service,
            "place_base": f"at={offer.pk}&",
            "slots": parts_of_day(today),
            "others": [each for each in others if each.site_service_id != offer.pk],
            **days_shown(service, day, counted, offer.pk),
            **day_said(closed),
        },
    )


def refused(
    request: HttpRequest, member: Member, visit: Visit, offer: SiteService, refusal: BenefitRefused
) -> HttpResponse:
    """Why not; of a time that is gone the next free ones. The booking stands as it was."""
    if isinstance(refusal, TooLateToMove):
        back_to, action = reverse("booking", args=[visit.booking_id]), _("Back to the booking")
    else:
        back_to, action = f"{reverse('booking-move', args=[visit.booking_id])}?at={offer.pk}", _("Choose another time")
    words = explained(refusal, held=level_of(member), back_to=back_to) | {"href": back_to, "action": action}
    return render(
        request,
        "portal/bookings/move_refused.html",
        words
        | {
            "now": _("Your booking stays as it was."),
            "visit": visit,
            "offer": offer,
            "next_free": refusal.next_free if isinstance(refusal, SlotTaken) else [],
        },
        status=409,
    )
