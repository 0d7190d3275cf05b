"""What is outstanding in points: a table, the same as a picture and as a file, and the books behind it."""

import csv
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.generic import TemplateView, View
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet

from members.charts import stacked_bars
from members.staff.permissions import shown_to
from members.templatetags.figures import grouped
from points import terms
from points.earning.wording import moment, money_in_words
from points.liability import Books, Breakage, Month, Outstanding, books, breakage, outstanding
from points.models import System

SEE = "points.see_liability"
# Green can be used, blue later, orange is set aside.
COLOURS = ("#2e7d4f", "#3f7fbf", "#e08e0b")
BOM = "\N{BYTE ORDER MARK}"


@dataclass(frozen=True)
class Fact:
    """`how`: how it was reckoned, in small."""

    label: str
    text: str
    how: str = ""


def month_name(month: Month) -> str:
    return f"{month.begins:%Y-%m}"


def columns() -> list[str]:
    return [_now("Last usable in"), _now("Usable now"), _now("Usable later"), _now("Set aside"), _now("Total")]


def chart(found: Outstanding) -> str:
    _month, *names, _total = columns()
    counts = [[getattr(month, name) for month in found.months] for name in ("usable", "pending", "held")]
    return stacked_bars(
        [month_name(month) for month in found.months], dict(zip(names, counts, strict=True)), list(COLOURS)
    )


class LiabilityPage(PermissionRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    permission_required = SEE
    page_title = _("Outstanding points")
    header_icon = "table"
    template_name = "points/staff/liability.html"

    def get_breadcrumbs_items(self) -> list[dict[str, object]]:
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        at = timezone.now()
        found, ours = outstanding(at), books()
        return super().get_context_data(
            difference=ours.audit.difference if ours.audit else "",
            facts=[
                Fact(_now("As of"), moment(at)),
                Fact(_now("Outstanding"), f"{grouped(found.points)} · {money_in_words(found.points)}"),
                expectation(found, breakage(found.ended, ours.totals[System.EXPIRY], at)),
                Fact(_now("Owed by members"), grouped(found.owed)),
                Fact(_now("Expired, not booked yet"), grouped(found.ended)),
                sealed(ours),
                compared(ours),
            ],
            found=found,
            columns=columns(),
            rows=[(month_name(month), month, terms.cost(month.points)) for month in found.months],
            chart=chart(found),
            totals=[(system.label, points) for system, points in ours.totals.items()],
            **kwargs,
        )


def expectation(found: Outstanding, broken: Breakage) -> Fact:
    label, expected = _now("Expected to expire unused"), broken.of(found.points)
    if expected is None:
        return Fact(label, _now("not known yet: too few points have come to their last day"))
    said = _now("%(expected)s; what is likely to be used: %(cost)s")
    reckoned = _now(
        "Reckoned from the past: of %(points)s points whose last day has passed, %(expired)s expired unused "
        "(%(percent)s). The same share is taken of what is outstanding; points that were taken back count as used."
    )
    return Fact(
        label,
        said % {"expected": grouped(expected), "cost": money_in_words(found.points - expected)},
        reckoned
        % {
            "points": grouped(broken.points),
            "expired": grouped(broken.expired),
            "percent": f"{broken.share:.1%}",
        },
    )


def sealed(ours: Books) -> Fact:
    label = _now("Sealed")
    waiting = ngettext("%(count)s posting waits", "%(count)s postings wait", ours.unsealed)
    said = waiting % {"count": grouped(ours.unsealed)} if ours.unsealed else ""
    if ours.seal is None:
        return Fact(label, _now("not so far"), said)
    block = {"number": ours.seal.number, "when": moment(ours.seal.sealed_at)}
    return Fact(label, _now("block %(number)s, %(when)s") % block, said)


def compared(ours: Books) -> Fact:
    label = _now("Compared with itself")
    if ours.audit is None:
        return Fact(label, _now("not so far"))
    result = _now("differs") if ours.audit.difference else _now("all agrees")
    return Fact(label, f"{moment(ours.audit.finished_at)} · {result}")


class LiabilityFile(PermissionRequiredMixin, View):
    permission_required = SEE

    def get(self, request: HttpRequest) -> HttpResponse:
        at = timezone.now()
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{file_name(at)}"'
        # With a byte order mark, spreadsheets read Chinese right.
        answer.write(BOM)
        writer = csv.writer(answer)
        writer.writerow([*columns(), _now("Cost in CNY")])
        for month in outstanding(at).months:
            numbers = (month.usable, month.pending, month.held, month.points, terms.cost(month.points))
            writer.writerow([month_name(month), *numbers])
        return answer


def file_name(at: datetime) -> str:
    return f"points-{timezone.localtime(at):%Y%m%d-%H%M}.csv"


class LiabilityViewSet(ViewSet):
    name = "points_liability"
    url_prefix = "points/outstanding"
    icon = "table"
    menu_label = _("Outstanding points")
    menu_name = "points-liability"
    menu_item_class = shown_to(SEE)

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", LiabilityPage.as_view(), name="index"),
            path("csv/", LiabilityFile.as_view(), name="file"),
        ]
