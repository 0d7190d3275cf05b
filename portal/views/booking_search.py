"""From a service to a place and a time: what can be booked, where, and the times of a day there."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from benefits.actions.wait_for_place import join_waiting_list
from benefits.booking_window import SHANGHAI, last_day
from benefits.models import Service, SiteService
from benefits.queries.bookable import (
    Candidate,
    bookable_services,
    candidates,
    cities_of,
    offer_at,
    slot_service,
)
from benefits.queries.bookings import bookings_of
from benefits.queries.offers import closed_everywhere, closed_to_all
from benefits.queries.places import FreeSlot, free_days, places_on, slots_between
from benefits.queries.ratings import ratings_of
from benefits.refusals import BenefitRefused
from members.models import Member
from members.queries import level_of
from portal.booking_words import coming_words, title, way
from portal.choosing_visits import DAYS, day_from, days_to_tap, first_day, guest_from, keep, moment_from
from portal.numbers import page_from
from portal.visitors import member_of

NOON = 12


@never_cache
@require_safe
@login_required
def services(request: HttpRequest) -> HttpResponse:
    """What the member can book for a time at a place."""
    found = bookable_services(member_of(request), on=timezone.localdate())
    return render(
        request, "portal/bookings/services.html", {"services": [(each, coming_words(each)) for each in found]}
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("latitude", "longitude")
@login_required
def search(request: HttpRequest, code: str) -> HttpResponse:
    """Places with free times on a day, the first that has any where none is chosen: of a city, or, by POST, the nearest
    first; 20 a page.

    Where somebody is comes in the body alone: addresses are kept by browsers, and written down on their way.
    """
    member, service = member_of(request), service_of(code)
    asked = request.POST if request.method == "POST" else request.GET
    cities = cities_of(service)
    near = position(asked.get("latitude", ""), asked.get("longitude", "")) if request.method == "POST" else None
    city = chosen_city(member, asked.get("city", ""), cities)
    where: dict[str, Any] = {"service_code": code, "city": "" if near else city, "near": near}
    first, chosen = first_day(service), day_from(asked.get("day", ""))
    free = free_days(first=first, last=first + timedelta(days=DAYS - 1), **where)
    day = chosen or next(iter(free), first)
    obstacle = closed_everywhere(service.lead_time, day)
    page = page_from(asked.get("page", ""))
    found, next_page = ([], None) if obstacle else places_on(page, day=day, **where)
    return render(
        request,
        "portal/bookings/search.html",
        {
            "service": service,
            "cities": cities,
            "city": city,
            "near": near,
            "unknown_position": request.method == "POST" and near is None,
            "chosen_day": chosen,
            "found": found,
            "page_before": page - 1,
            "next_page": next_page,
            **days_shown(service, day, dict.fromkeys(free)),
            **day_said(obstacle),
        },
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def place(request: HttpRequest, code: str, place_id: int) -> HttpResponse:
    """The times of a day at one place, and for whom; by POST keeps what was chosen, or waits for a place."""
    member, service = member_of(request), service_of(code)
    offer = place_of(service, place_id)
    if request.method == "POST" and (starts_at := moment_from(request.POST.get("starts_at", ""))):
        keep(request, code, place_id=offer.pk, starts_at=starts_at, guest_id=guest_from(request.POST.get("guest", "")))
        return redirect("booking-confirm", code)
    if request.method == "POST" and (wanted := day_from(request.POST.get("wait_for", ""))):
        return waiting(request, member, offer, wanted)
    return show_place(request, member, offer, day_from(request.GET.get("day", "")))


def waiting(request: HttpRequest, member: Member, offer: SiteService, day: date) -> HttpResponse:
    guest_id = guest_from(request.POST.get("guest", ""))
    try:
        join_waiting_list(member=member, site_service_id=offer.pk, day=day, guest_id=guest_id)
    except BenefitRefused as refusal:
        return show_place(request, member, offer, day, refusal, guest_id)
    messages.success(request, _("You are on the waiting list. If a place becomes free, we book it and tell you."))
    return redirect("my-bookings")


def show_place(
    request: HttpRequest,
    member: Member,
    offer: SiteService,
    chosen: date | None,
    refusal: BenefitRefused | None = None,
    guest_id: int | None = None,
) -> HttpResponse:
    service = offer.service
    day, today, counted = times_at(offer, chosen, since=first_day(service))
    people = candidates(member=member, service=service, starts_at=today[0].starts_at if today else morning(day))
    closed = None if today else closed_to_all(offer.pk, day)
    said = refusal or closed or only_obstacle(people)
    found = way(said, held=level_of(member), back_to=request.get_full_path()) if said else None
    return render(
        request,
        "portal/bookings/place.html",
        {
            "offer": offer,
            "service": service,
            "site": offer.site,
            "rated": ratings_of([offer.site_id]).get(offer.site_id),
            "people": people,
            "guest_id": guest_id if guest_id is not None else first_free(people),
            "may_book": any(each.obstacle is None for each in people),
            "what": title(said) if said else "",
            "why": str(said) if said else "",
            "way": found,
            "slots": parts_of_day(today),
            "is_full": not today and closed is None,
            **days_shown(service, day, counted, offer.pk),
        },
        status=409 if refusal else 200,
    )


def service_of(code: str) -> Service:
    """Raises Http404 where there is none that is booked for a time."""
    try:
        return slot_service(code)
    except Service.DoesNotExist as refusal:
        raise Http404 from refusal


def place_of(service: Service, place_id: int) -> SiteService:
    """Raises Http404."""
    try:
        return offer_at(service, place_id)
    except SiteService.DoesNotExist as refusal:
        raise Http404 from refusal


def position(latitude: str, longitude: str) -> tuple[float, float] | None:
    """As the phone says it, to three decimals: some hundred metres are near enough. None for what is none."""
    try:
        found = (round(float(latitude), 3), round(float(longitude), 3))
    except (ValueError, OverflowError):
        return None
    return found if -90 <= found[0] <= 90 and -180 <= found[1] <= 180 else None


def chosen_city(member: Member, asked: str, cities: list[str]) -> str:
    """What was asked for, or where the member booked last, or where most places are; empty where there is none."""
    if asked in cities:
        return asked
    last = bookings_of(member).order_by("-booked_at").values_list("slot__at__site__city", flat=True).first()
    return last if last in cities else next(iter(cities), "")


def times_at(offer: SiteService, chosen: date | None, *, since: date) -> tuple[date, list[FreeSlot], Counter[date]]:
    """The day, its free times, and how many there are on each of the days that can be tapped.

    Where none is chosen it is the first one with a free time `since` then, or that one itself.
    """
    first = first_day(offer.service)
    soon = slots_between(offer.pk, first, first + timedelta(days=DAYS - 1), timezone.now())
    counted = Counter(timezone.localdate(slot.starts_at) for slot in soon)
    day = chosen or next((each for each in counted if each >= since), since)
    if first <= day < first + timedelta(days=DAYS):
        return day, [slot for slot in soon if timezone.localdate(slot.starts_at) == day], counted
    return day, slots_between(offer.pk, day, day, timezone.now()), counted


def parts_of_day(slots: list[FreeSlot]) -> list[tuple[str, list[FreeSlot]]]:
    def hour(slot: FreeSlot) -> int:
        return timezone.localtime(slot.starts_at).hour

    before = [slot for slot in slots if hour(slot) < NOON]
    after = [slot for slot in slots if hour(slot) >= NOON]
    return [(name, part) for name, part in ((_("Morning"), before), (_("Afternoon"), after)) if part]


def morning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)


def only_obstacle(people: list[Candidate]) -> BenefitRefused | None:
    """The member's own, where nobody can come."""
    return None if any(each.obstacle is None for each in people) else people[0].obstacle


def first_free(people: list[Candidate]) -> int | None:
    return next((each.guest_id for each in people if each.obstacle is None), None)


def days_shown(
    service: Service, day: date, counted: Mapping[date, int | None], place_id: int | None = None
) -> dict[str, Any]:
    return {
        "day": day,
        "days": days_to_tap(service, day, counted, place_id),
        "first_day": first_day(service),
        "last_day": last_day(timezone.now()),
    }


def day_said(obstacle: BenefitRefused | None) -> dict[str, str]:
    """Why nothing can be booked on the day, whatever the place."""
    return {"day_what": title(obstacle) if obstacle else "", "day_why": str(obstacle) if obstacle else ""}
