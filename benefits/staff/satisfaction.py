"""What members say of their visits and cases, as a picture and a table."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets import AdminDateInput

from benefits.queries.satisfaction import RATINGS, By, Said, satisfaction
from members.charts import stacked_bars
from members.staff.permissions import shown_to

SEE = "benefits.view_booking"
# From green, very good, to red.
COLOURS = ("#2e7d4f", "#8fbf5a", "#d9c34a", "#e08e0b", "#b3372c")
A_YEAR = timedelta(days=365)
#: Of a picture; the table has all.
MOST_BARS = 20


class SpanForm(forms.Form):
    by = forms.ChoiceField(
        label=_("Counted by"),
        choices=[(By.SERVICE.value, _("service")), (By.PROVIDER.value, _("provider")), (By.MONTH.value, _("month"))],
    )
    since = forms.DateField(label=_("First day"), widget=AdminDateInput)
    until = forms.DateField(label=_("Last day"), widget=AdminDateInput)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("since") and data.get("until") and data["since"] > data["until"]:
            self.add_error("until", _("The last day is before the first one."))
        return data


class SatisfactionPage(PermissionRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    permission_required = SEE
    page_title = _("Satisfaction with visits and cases")
    header_icon = "view"
    template_name = "benefits/staff/satisfaction.html"

    def get_breadcrumbs_items(self) -> list[dict[str, object]]:
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = SpanForm(usual(timezone.localdate()) | self.request.GET.dict())
        rows: list[Said] = []
        if form.is_valid():
            asked = form.cleaned_data
            rows = satisfaction(By(asked["by"]), since=asked["since"], until=asked["until"])
        return super().get_context_data(
            form=form, rows=rows, stars=[f"{rating} ★" for rating in RATINGS], chart=chart(rows), **kwargs
        )


def usual(today: date) -> dict[str, str]:
    return {"by": By.SERVICE.value, "since": str(today - A_YEAR), "until": str(today)}


def chart(rows: list[Said]) -> str:
    shown = sorted((row for row in rows if row.rated), key=lambda row: -row.rated)[:MOST_BARS]
    order = [row for row in rows if row in shown]
    series = {
        _now("%(rating)s stars") % {"rating": rating}: [row.counts[place] for row in order]
        for place, rating in enumerate(RATINGS)
    }
    return stacked_bars([row.name for row in order], series, COLOURS)


class SatisfactionViewSet(ViewSet):
    name = "visit_satisfaction"
    url_prefix = "benefits/satisfaction"
    icon = "view"
    menu_label = _("Satisfaction with visits and cases")
    menu_name = "visit-satisfaction"
    menu_item_class = shown_to(SEE)

    def get_urlpatterns(self) -> list[URLPattern]:
        return [path("", SatisfactionPage.as_view(), name="index")]
