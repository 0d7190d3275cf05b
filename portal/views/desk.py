"""A provider's desk: the day's guests, checked in, served, or not come."""

from contextlib import suppress
from datetime import date, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from benefits.actions.call_off_visit import call_off_visit
from benefits.actions.keep_document import keep_report
from benefits.actions.keep_visit import check_in, complete_visit, miss_visit, no_show_from
from benefits.models import Booking, DeskWorker, Side, Site
from benefits.queries.desk import sites_of, visits_at, visits_of_day
from benefits.refusals import BenefitRefused
from portal.buttons import button_on
from portal.desk.access import at_desk, desk_page
from portal.desk.forms import CallOffForm, CheckInForm, ReportForm
from portal.desk.words import seen
from portal.numbers import number_from

State = Booking.State
#: The ends of the calendar have no day before or after.
YEARS = range(2000, 2200)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def day(request: HttpRequest, worker: DeskWorker) -> HttpResponse:
    """Of a site (`site`) on a day (`day`, today's where none is named). By POST checks a guest in."""
    form = CheckInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            booking = check_in(code=form.cleaned_data["code"], provider=worker.provider, by=worker.member)
        except BenefitRefused as refusal:
            form.add_error("code", str(refusal))
        else:
            messages.success(request, _("Checked in. Please compare the guest with a document."))
            return redirect("desk-visit", booking.pk)
    sites = list(sites_of(worker))
    site, shown = chosen_site(request, sites), chosen_day(request)
    visits = [seen(each) for each in visits_of_day(worker, site, shown)] if site else []
    return desk_page(
        request,
        worker,
        "day",
        form=form,
        sites=sites,
        site=site,
        day=shown,
        is_today=shown == timezone.localdate(),
        before=shown - timedelta(days=1),
        after=shown + timedelta(days=1),
        visits=visits,
    )


def chosen_site(request: HttpRequest, sites: list[Site]) -> Site | None:
    """The first where none is named. Raises Http404 for another provider's."""
    if wanted := request.GET.get("site"):
        found = [site for site in sites if site.pk == number_from(wanted)]
        if not found:
            raise Http404
        return found[0]
    return sites[0] if sites else None


def chosen_day(request: HttpRequest) -> date:
    with suppress(ValueError):
        wanted = date.fromisoformat(request.GET.get("day", ""))
        if wanted.year in YEARS:
            return wanted
    return timezone.localdate()


@require_safe
@at_desk
def visit(request: HttpRequest, worker: DeskWorker, booking_id: int) -> HttpResponse:
    return show(request, worker, one(worker, booking_id), ReportForm())


@button_on("desk-visit", "booking_id")
@at_desk
def served(request: HttpRequest, worker: DeskWorker, booking_id: int) -> HttpResponse:
    booking = one(worker, booking_id)
    try:
        complete_visit(booking_id=booking.pk, by=worker.member)
    except BenefitRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Noted: the guest was served."))
    return redirect("desk-visit", booking_id)


@button_on("desk-visit", "booking_id")
@at_desk
def missed(request: HttpRequest, worker: DeskWorker, booking_id: int) -> HttpResponse:
    booking = one(worker, booking_id)
    try:
        miss_visit(booking_id=booking.pk, by=worker.member)
    except BenefitRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Noted: nobody came."))
    return redirect("desk-visit", booking_id)


@button_on("desk-visit", "booking_id")
@at_desk
def call_off(request: HttpRequest, worker: DeskWorker, booking_id: int) -> HttpResponse:
    booking, form = one(worker, booking_id), CallOffForm(request.POST)
    if not form.is_valid():
        return show(request, worker, booking, ReportForm(), call_off_form=form)
    try:
        call_off_visit(booking_id=booking.pk, by=worker.member, **form.cleaned_data)
    except BenefitRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Called off. The member is told, and has the benefit back."))
    return redirect("desk-visit", booking_id)


@button_on("desk-visit", "booking_id")
@at_desk
def report(request: HttpRequest, worker: DeskWorker, booking_id: int) -> HttpResponse:
    booking, form = one(worker, booking_id), ReportForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            keep_report(booking_id=booking.pk, worker=worker, file=form.cleaned_data["file"])
        except BenefitRefused as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, _("The report is with the member. Here nobody can open it any more."))
            return redirect("desk-visit", booking_id)
    return show(request, worker, booking, form)


def one(worker: DeskWorker, booking_id: int) -> Booking:
    """Raises Http404 where it is not the provider's."""
    try:
        return visits_at(worker).get(pk=booking_id)
    except Booking.DoesNotExist as refusal:
        raise Http404 from refusal


def show(
    request: HttpRequest,
    worker: DeskWorker,
    booking: Booking,
    form: ReportForm,
    call_off_form: CallOffForm | None = None,
) -> HttpResponse:
    return desk_page(
        request,
        worker,
        "visit",
        visit=seen(booking),
        booking=booking,
        day_href=f"{reverse('desk')}?site={booking.slot.at.site_id}&day={timezone.localdate(booking.starts_at)}",
        reports=booking.documents.filter(side=Side.PROVIDER),
        form=form,
        takes_reports=booking.state in (State.CHECKED_IN, State.COMPLETED),
        may_call_off=booking.state in Booking.OPEN,
        call_off_form=call_off_form or CallOffForm(),
        may_miss=booking.state == State.BOOKED and timezone.now() >= no_show_from(booking),
    )
