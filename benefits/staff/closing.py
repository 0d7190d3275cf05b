"""Closing a site for a day, with a word on who has booked then."""

from datetime import date
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, DateTimeField, Func, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import FormView
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.widgets import AdminDateInput
from wagtail.log_actions import log
from wagtail.permissions import register_permission_policy

from benefits.actions.close_day import BookingsStand, close_day, open_day, standing
from benefits.models import BlackoutDay, Booking, Site
from members.models import Member
from members.staff.permissions import OnlyActions
from members.staff.showing import ShowingInspectView, ShowingViewSet

CLOSE, OPEN = "benefits.add_blackoutday", "benefits.delete_blackoutday"
register_permission_policy(BlackoutDay, OnlyActions(BlackoutDay, actions={"view"}))


#: At which a day begins in Shanghai, or the one so many days later.
MIDNIGHT = "((%(expressions)s + %(days)s)::timestamp AT TIME ZONE 'Asia/Shanghai')"


class CloseForm(forms.Form):
    day = forms.DateField(label=_("day"), widget=AdminDateInput)
    reason = forms.CharField(label=_("reason"), max_length=100, required=False)
    call_off = forms.BooleanField(
        label=_("Call them off and tell the guests; nothing is used"), required=False, widget=forms.HiddenInput
    )

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day < timezone.localdate():
            raise forms.ValidationError(_("This day is over."))
        return day


class CloseDay(PermissionRequiredMixin, WagtailAdminTemplateMixin, FormView):
    permission_required = CLOSE
    form_class = CloseForm
    template_name = "benefits/staff/close_day.html"
    page_title = _("Close a day")
    header_icon = "date"
    site: Site
    bookings: QuerySet[Booking] | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if self.has_permission():
            self.site = get_object_or_404(Site, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        return str(self.site.name)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse("sites:index"), "label": _("Sites")},
            {"url": reverse("sites:inspect", args=[self.site.pk]), "label": self.site.name},
            {"url": "", "label": self.page_title},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(site=self.site, bookings=self.bookings, **kwargs)

    def form_valid(self, form: CloseForm) -> HttpResponse:
        try:
            closed = close_day(site=self.site, by=cast(Member, self.request.user), **form.cleaned_data)
        except BookingsStand as refusal:
            self.bookings = standing(self.site, form.cleaned_data["day"])
            form.fields["call_off"].widget = forms.CheckboxInput()
            form.add_error("call_off", str(refusal))
            return self.form_invalid(form)
        log(instance=self.site, action="benefits.close_day", data={"day": closed.day.isoformat()})
        messages.success(self.request, _now("Closed on %(day)s.") % {"day": closed.day.isoformat()})
        return redirect("sites:inspect", self.site.pk)


@require_POST
def open_again(request: HttpRequest, pk: int, closed_id: int) -> HttpResponse:
    """The site's usual hours hold again on that day."""
    if not request.user.has_perm(OPEN):
        raise PermissionDenied
    closed = get_object_or_404(BlackoutDay.objects.select_related("site"), pk=closed_id, site=pk)
    open_day(closed=closed)
    log(instance=closed.site, action="benefits.open_day", data={"day": closed.day.isoformat()})
    messages.success(request, _now("Open again on %(day)s.") % {"day": closed.day.isoformat()})
    return redirect("sites:inspect", pk)


class ClosedDayIndex(generic.IndexView):
    any_permission_required = ("view",)
    page_title = _("Closed days")

    def get_base_queryset(self) -> QuerySet[BlackoutDay]:
        """Those to come, with `standing`: how many bookings stand on them."""
        booked = Booking.objects.coming().filter(
            slot__at__site=OuterRef("site"),
            # A range of moments, which an index finds.
            slot__starts_at__gte=Func(OuterRef("day"), template=MIDNIGHT, days=0, output_field=DateTimeField()),
            slot__starts_at__lt=Func(OuterRef("day"), template=MIDNIGHT, days=1, output_field=DateTimeField()),
        )
        counted = booked.order_by().values("slot__at__site").annotate(count=Count("pk")).values("count")
        coming = BlackoutDay.objects.filter(day__gte=timezone.localdate()).select_related("site")
        return coming.annotate(standing=Coalesce(Subquery(counted, output_field=IntegerField()), 0))


class ClosedDayPage(ShowingInspectView):
    template_name = "benefits/staff/closed_day.html"
    page_title = _("Closed day")

    def get_page_subtitle(self) -> str:
        return f"{self.object.site.name} · {self.object.day:%Y-%m-%d}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        closed: BlackoutDay = self.object
        return super().get_context_data(closed=closed, bookings=standing(closed.site, closed.day), **kwargs)


class ClosedDayViewSet(ShowingViewSet):
    model = BlackoutDay
    name = "closed_days"
    url_prefix = "providers/closed-days"
    icon = "date"
    menu_label = _("Closed days")
    menu_name = "provider-closed-days"
    index_view_class, inspect_view_class = ClosedDayIndex, ClosedDayPage
    inspect_template_name = ClosedDayPage.template_name
    ordering = ("day", "site")
    list_display = (
        TitleColumn(
            "day", label=_("Day"), accessor=lambda each: f"{each.day:%Y-%m-%d}", url_name="closed_days:inspect"
        ),
        Column("site", label=_("Site"), accessor="site.name"),
        Column("city", label=_("City"), accessor="site.city"),
        Column("reason", label=_("Reason")),
        Column("standing", label=_("Bookings that stand"), sort_key="standing"),
    )
