"""A member's bookings: those to come and those past, one of them, and what can be done with it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from benefits.actions.cancel_booking import cancel_booking
from benefits.actions.rate_visit import rate_visit
from benefits.actions.wait_for_place import leave_waiting_list
from benefits.models import Booking, WaitingPlace
from benefits.queries.bookings import (
    Visit,
    booking_of,
    coming_bookings,
    ended_waiting_of,
    past_bookings,
    visit_of,
    waiting_of,
    waiting_place_of,
)
from benefits.refusals import BenefitRefused, CountsAsUsed
from members.models import Member
from portal.booking_words import RATINGS, standing, why_not_booked
from portal.buttons import button_on
from portal.calendar_file import as_calendar
from portal.qr import qr_svg
from portal.rating_form import RatingForm
from portal.visitors import member_of

ON_A_PAGE = 20


@never_cache
@require_safe
@login_required
def bookings(request: HttpRequest) -> HttpResponse:
    """Those to come, or, with `past=1`, those that are over; the waiting lists above the former."""
    member, past = member_of(request), request.GET.get("past") == "1"
    found = past_bookings(member) if past else coming_bookings(member)
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    visits = [visit_of(booking) for booking in page]
    return render(
        request,
        "portal/bookings/bookings.html",
        {
            "past": past,
            "page": page,
            "visits": [(visit, standing(visit)) for visit in visits],
            "waiting": [] if past else list(waiting_of(member)),
            "waited": [] if past else [(each, why_not_booked(each)) for each in ended_waiting_of(member)],
        },
    )


@never_cache
@require_safe
@login_required
def booking(request: HttpRequest, booking_id: int) -> HttpResponse:
    return show(request, one(member_of(request), booking_id), RatingForm())


@never_cache
@require_safe
@login_required
def calendar(request: HttpRequest, booking_id: int) -> HttpResponse:
    """For the phone's calendar. The check-in code stays out of it: calendars are shared."""
    visit = one(member_of(request), booking_id)
    words = "\n".join([visit.site.phone, _("Please bring your document. The check-in code is with your booking.")])
    text = as_calendar(visit, host=request.get_host().split(":")[0], summary=visit.service.name, words=words)
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{visit.number}.ics"'
    return answer


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def cancel(request: HttpRequest, booking_id: int) -> HttpResponse:
    """Says what it costs; by POST it is cancelled.

    `costs` goes along: whoever was told that it is free, and took their time, is told anew instead of charged.
    """
    visit = one(member_of(request), booking_id)
    if request.method == "POST":
        return cancelled(request, visit)
    if not visit.may_cancel:
        return redirect("booking", booking_id)
    return render(request, "portal/bookings/cancel.html", {"visit": visit})


def cancelled(request: HttpRequest, visit: Visit) -> HttpResponse:
    try:
        ended = cancel_booking(booking_id=visit.booking_id, late_too=request.POST.get("costs") == "one")
    except CountsAsUsed:
        return render(request, "portal/bookings/cancel.html", {"visit": visit}, status=409)
    except BenefitRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        if ended.state == Booking.State.CANCELLED_LATE:
            messages.success(request, _("It is cancelled. It was late, so it counts as used."))
        else:
            messages.success(request, _("It is cancelled, and nothing was used."))
    return redirect("booking", visit.booking_id)


@never_cache
@button_on("booking", "booking_id")
@login_required
def rate(request: HttpRequest, booking_id: int) -> HttpResponse:
    visit = one(member_of(request), booking_id)
    form = RatingForm(request.POST)
    if not form.is_valid():
        return show(request, visit, form)
    try:
        rate_visit(booking_id=booking_id, **form.cleaned_data)
    except BenefitRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Thank you. What you say helps us to choose whom we work with."))
    return redirect("booking", booking_id)


@never_cache
@button_on("my-bookings")
@login_required
def leave(request: HttpRequest, waiting_id: int) -> HttpResponse:
    """Gives up a place on a waiting list. Raises Http404 where it is not the member's."""
    try:
        leave_waiting_list(place_id=waiting_place_of(member_of(request), waiting_id).pk)
    except WaitingPlace.DoesNotExist as refusal:
        raise Http404 from refusal
    except BenefitRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("You are off the waiting list."))
    return redirect("my-bookings")


def one(member: Member, booking_id: int) -> Visit:
    """Raises Http404 where it is not the member's."""
    try:
        return booking_of(member, booking_id)
    except Booking.DoesNotExist as refusal:
        raise Http404 from refusal


def show(request: HttpRequest, visit: Visit, form: RatingForm) -> HttpResponse:
    code = visit.booking.code
    spelled = " ".join((code[:4], code[4:]))
    return render(
        request,
        "portal/bookings/booking.html",
        {
            "visit": visit,
            "booking": visit.booking,
            "standing": standing(visit),
            "spelled": spelled,
            "qr": qr_svg(code, _("QR code of the check-in code %(code)s") % {"code": spelled}),
            "shows_code": visit.state == Booking.State.BOOKED,
            "is_today": timezone.localdate(visit.booking.starts_at) == timezone.localdate(),
            "form": form,
            "reports": visit.booking.documents.kept(),
            "rating": dict(RATINGS).get(visit.booking.rating or 0),
        },
    )
