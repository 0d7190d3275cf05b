"""Bookings: listed, found by what a member says on the phone, and one of them with its history."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import django_filters
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.log_actions import registry
from wagtail.permissions import register_permission_policy

from benefits.actions.call_off_visit import CALL_OFF, LOGGED, LONGEST_REASON, call_off_visit
from benefits.models import Booking, BookingMove, Provider, Service, SystemBooking
from benefits.models.booking import BookingQuerySet
from benefits.queries.bookings import booking_no, visit_of
from benefits.refusals import BenefitRefused
from benefits.staff.wording import clock
from members.models import Member
from members.phone import NotAMobileNumber
from members.staff import masking
from members.staff.finding import FindingIndexView, people_matching
from members.staff.permissions import OnlyActions
from members.staff.showing import ShowingInspectView, ShowingViewSet

register_permission_policy(Booking, OnlyActions(Booking, actions={"view"}))
#: So long a provider's own system may take; then somebody calls there.
PATIENCE = timedelta(hours=1)
READ = ("customer", "member", "guest", "entitlement__service", "entitlement__allowance", "slot__at__site__provider")


def long_unconfirmed(bookings: BookingQuerySet) -> BookingQuerySet:
    now = timezone.now()
    return bookings.unconfirmed().filter(booked_at__lt=now - PATIENCE, ends_at__gt=now)


class BookingFilterSet(WagtailFilterSet):
    entitlement__service = django_filters.ModelChoiceFilter(
        label=_("Service"), queryset=Service.objects.filter(mode=Service.Mode.SLOT)
    )
    slot__at__site__provider = django_filters.ModelChoiceFilter(label=_("Provider"), queryset=Provider.objects.all())
    state = django_filters.MultipleChoiceFilter(
        label=_("State"), choices=Booking.State.choices, widget=forms.CheckboxSelectMultiple
    )
    # A box that is not ticked would stand above the list as a filter in force.
    unconfirmed = django_filters.ChoiceFilter(
        label=_("The provider's own system"),
        method="only_unconfirmed",
        choices=[("on", _("has not confirmed for an hour"))],
        empty_label=_("All"),
    )
    starts_at = django_filters.DateFromToRangeFilter(label=_("Day"), widget=DateRangePickerWidget)

    class Meta:
        model = Booking
        fields = ["entitlement__service", "slot__at__site__provider", "state", "starts_at"]

    def only_unconfirmed(self, queryset: BookingQuerySet, _name: str, _wanted: str) -> BookingQuerySet:
        return long_unconfirmed(queryset)


class BookingIndex(FindingIndexView):
    page_title = _("Bookings of visits")
    find_help = _("Number of the booking, customer number, part of the name, or whole mobile number")

    def get_base_queryset(self) -> QuerySet[Booking]:
        return Booking.objects.select_related(*READ)

    def matching(self, queryset: QuerySet[Booking], text: str) -> QuerySet[Booking]:
        found = people_matching(text, "customer__")
        number = text.upper().removeprefix("B")
        if number.isascii() and number.isdigit() and len(number) <= len("B00000000"):
            found |= Q(pk=int(number))
        with suppress(NotAMobileNumber):
            found |= Q(member__in=Member.objects.with_mobile(text).values("pk"))
        return queryset.filter(found)


def who(booking: Booking) -> str:
    return booking.customer.name or booking.customer.customer_no


def service(booking: Booking) -> str:
    return booking.entitlement.service.name


def site(booking: Booking) -> str:
    return booking.slot.at.site.name


@dataclass(frozen=True)
class Happened:
    at: datetime
    what: str


def history(booking: Booking) -> list[Happened]:
    """In its order."""
    moves = [
        Happened(
            move.moved_at,
            _now("moved; until then %(moment)s, %(site)s")
            % {"moment": f"{timezone.localtime(move.slot.starts_at):%Y-%m-%d %H:%M}", "site": move.slot.at.site.name},
        )
        for move in BookingMove.objects.filter(booking=booking).select_related("slot__at__site")
    ]
    dated = [
        (booking.booked_at, pgettext("visit", "booked")),
        (booking.confirmed_at, _now("confirmed by the provider")),
        (booking.reminded_at, _now("the member was reminded")),
        (booking.checked_in_at, _now("checked in")),
        (booking.ended_at, booking.get_state_display()),
    ]
    known = [Happened(at, what) for at, what in dated if at]
    called_off = [
        Happened(
            entry.timestamp,
            _now("called off by %(who)s: %(because)s")
            % {"who": entry.user_display_name, "because": entry.data["because"] or _now("the site is closed")},
        )
        for entry in registry.get_logs_for_instance(booking).filter(action=LOGGED).select_related("user")
    ]
    return sorted([*moves, *known, *called_off], key=lambda each: each.at)


class CallOffForm(forms.Form):
    because = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stays on record with the booking. No personal data."),
    )


class BookingPage(ShowingInspectView):
    template_name = "benefits/staff/booking.html"
    page_title = _("Booking of a visit")
    #: What was sent, where it has to be put right.
    form: CallOffForm | None = None

    def get_page_subtitle(self) -> str:
        return f"{booking_no(self.object)} · {service(self.object)}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        booking = Booking.objects.select_related(*READ).get(pk=self.object.pk)
        return super().get_context_data(
            booking=booking,
            visit=visit_of(booking),
            who=who(booking),
            mobile=masking.phone(booking.member.mobile or ""),
            history=history(booking),
            told=SystemBooking.objects.filter(booking=booking).select_related("provider").order_by("pk"),
            waited=getattr(booking, "waited_for", None),
            may_call_off=booking.state in Booking.OPEN and self.request.user.has_perm(CALL_OFF),
            form=self.form or CallOffForm(),
            **kwargs,
        )


class CallOffView(BookingPage):
    """For the provider or for us: the member who calls it off does so on their own page."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(CALL_OFF):
            raise PermissionDenied
        self.form = CallOffForm(request.POST)
        if not self.form.is_valid():
            return self.get(request, *args, **kwargs)
        try:
            call_off_visit(booking_id=self.object.pk, by=cast(Member, request.user), **self.form.cleaned_data)
        except BenefitRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _now("Called off. Nothing was used, and the member is told."))
        return redirect("visit_bookings:inspect", self.object.pk)


class BookingViewSet(ShowingViewSet):
    model = Booking
    name = "visit_bookings"
    url_prefix = "benefits/bookings"
    icon = "date"
    menu_label = _("Bookings of visits")
    menu_name = "visit-bookings"
    index_view_class, inspect_view_class = BookingIndex, BookingPage
    inspect_template_name = BookingPage.template_name
    filterset_class = BookingFilterSet
    ordering = ("-starts_at", "-pk")
    list_display = (
        TitleColumn("pk", label=_("Number"), accessor=booking_no, url_name="visit_bookings:inspect"),
        Column("service", label=_("Service"), accessor=service),
        Column("customer", label=_("Customer"), accessor=who),
        Column("site", label=_("Site"), accessor=site),
        Column("starts_at", label=_("Starts"), accessor=lambda each: clock(each.starts_at), sort_key="starts_at"),
        Column("state", label=_("State"), accessor="get_state_display"),
        Column("rating", label=_("Rating"), accessor=lambda each: each.rating or "—"),
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        call_off = self.construct_view(CallOffView, **self.get_inspect_view_kwargs())
        return [*super().get_urlpatterns(), path("<int:pk>/call-off/", call_off, name="call-off")]
