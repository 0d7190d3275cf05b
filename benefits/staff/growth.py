"""How the network grows: pictures, the same as tables and as a file."""

import csv
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView, View
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet

from benefits.models import Provider
from benefits.queries.partners import Growth, Partners, partners
from members.charts import paired_bars
from members.spreadsheets import BOM, plain
from members.staff.permissions import shown_to

SEE = "benefits.view_provider"
# Grey was, green is.
COLOURS = ("#b8c4cc", "#2e7d4f")
CITIES_SHOWN = 15


def kind_name(growth: Growth) -> str:
    return str(Provider.Kind(growth.name).label)


def columns(found: Partners) -> list[str]:
    return [found.year_before.isoformat(), found.day.isoformat(), _now("Growth"), _now("Growth in %")]


def cells(growth: Growth) -> list[str]:
    percent = "—" if growth.percent is None else f"{signed(growth.percent)} %"
    return [f"{growth.before:,}", f"{growth.now:,}", signed(growth.change), percent]


def signed(number: int) -> str:
    return f"{number:+,d}" if number else "0"


def chart(found: Partners, names: Sequence[str], growths: Sequence[Growth]) -> str:
    series = {
        found.year_before.isoformat(): [each.before for each in growths],
        found.day.isoformat(): [each.now for each in growths],
    }
    return paired_bars(names, series, COLOURS)


class GrowthPage(PermissionRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    permission_required = SEE
    page_title = _("Growth of the network")
    header_icon = "table"
    template_name = "benefits/staff/growth.html"

    def get_breadcrumbs_items(self) -> list[dict[str, object]]:
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = partners(timezone.localdate())
        by_city = found.by_city[:CITIES_SHOWN]
        kinds, cities = [kind_name(each) for each in found.by_kind], [each.name for each in by_city]
        return super().get_context_data(
            found=found,
            columns=columns(found),
            total=cells(found.total),
            kinds=[(name, cells(each)) for name, each in zip(kinds, found.by_kind, strict=True)],
            cities=[(name, cells(each)) for name, each in zip(cities, by_city, strict=True)],
            more_cities=len(found.by_city) - len(by_city),
            kinds_chart=chart(found, kinds, found.by_kind),
            cities_chart=chart(found, cities, by_city),
            **kwargs,
        )


class GrowthFile(PermissionRequiredMixin, View):
    """Every kind and every city."""

    permission_required = SEE

    def get(self, request: HttpRequest) -> HttpResponse:
        found = partners(timezone.localdate())
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="partners-{found.day:%Y%m%d}.csv"'
        answer.write(BOM)
        writer = csv.writer(answer)
        writer.writerow([_now("Grouped by"), _now("Kind or city"), *columns(found)])
        for by, named in (
            (_now("kind"), [(kind_name(each), each) for each in found.by_kind]),
            (_now("city"), [(plain(each.name), each) for each in found.by_city]),
            (_now("all"), [(_now("Total"), found.total)]),
        ):
            writer.writerows([by, name, each.before, each.now, each.change, each.percent] for name, each in named)
        return answer


class GrowthViewSet(ViewSet):
    name = "provider_growth"
    url_prefix = "providers/growth"
    icon = "table"
    menu_label = _("Growth")
    menu_name = "provider-growth"
    menu_item_class = shown_to(SEE)

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", GrowthPage.as_view(), name="index"),
            path("csv/", GrowthFile.as_view(), name="file"),
        ]
