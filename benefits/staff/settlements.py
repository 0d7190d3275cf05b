"""Settlements: looked at, handed out as a table, and closed."""

import csv
from collections.abc import Iterator
from typing import Any, cast

import django_filters
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.permissions import register_permission_policy

from benefits.actions.close_settlement import CLOSE, close_settlement
from benefits.models import LineDispute, Provider, Settlement, SettlementLine
from benefits.queries.desk import lines_of
from benefits.refusals import BenefitRefused
from members.models import Member
from members.spreadsheets import BOM, Said
from members.staff.permissions import OnlyActions
from members.staff.showing import ShowingInspectView, ShowingViewSet
from members.templatetags.figures import grouped

register_permission_policy(Settlement, OnlyActions(Settlement, actions={"view"}))
VIEW = "benefits.view_settlement"
#: Shown on the page; the table has all of them.
LINES_SHOWN = 200


class SettlementFilterSet(WagtailFilterSet):
    provider = django_filters.ModelChoiceFilter(
        label=_("Provider"), queryset=Provider.objects.filter(settlements__isnull=False).distinct()
    )
    closed_at = django_filters.BooleanFilter(label=_("Closed"), lookup_expr="isnull", exclude=True)

    class Meta:
        model = Settlement
        fields = ["provider"]


class SettlementIndex(generic.IndexView):
    any_permission_required = ("view",)
    page_title = _("Settlements")

    def get_base_queryset(self) -> QuerySet[Settlement]:
        disputed = LineDispute.objects.filter(state=LineDispute.State.OPEN)
        return Settlement.objects.select_related("provider").annotate(
            lines_count=count_of(SettlementLine.objects.all(), "settlement"),
            open_disputes=count_of(disputed, "line__settlement"),
        )


def count_of(found: QuerySet[Any], settlement: str) -> Coalesce:
    """Asked of the rows of a page alone: a join would count the lines of every month there ever was."""
    counts = found.filter(**{settlement: OuterRef("pk")}).order_by().values(settlement).annotate(count=Count("pk"))
    return Coalesce(Subquery(counts.values("count")), 0)


class SettlementPage(ShowingInspectView):
    template_name = "benefits/staff/settlement.html"
    page_title = _("Settlement")

    def get_page_subtitle(self) -> str:
        return f"{self.object.provider.name} · {self.object.month:%Y-%m}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        settlement: Settlement = self.object
        lines = lines_of(settlement)
        count = settlement.lines.count()
        return super().get_context_data(
            settlement=settlement,
            lines=[(line, line.corrects or line, getattr(line, "dispute", None)) for line in lines[:LINES_SHOWN]],
            count=count,
            more=max(0, count - LINES_SHOWN),
            may_close=settlement.closed_at is None and self.request.user.has_perm(CLOSE),
            **kwargs,
        )


@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    if not request.user.has_perm(CLOSE):
        raise PermissionDenied
    get_object_or_404(Settlement, pk=pk)
    try:
        close_settlement(settlement_id=pk, by=cast(Member, request.user))
    except BenefitRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _now("Closed. Nothing of this month changes any more."))
    return redirect("settlements:inspect", pk)


@require_safe
def table(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """For accounting: a line each, no names."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    settlement = get_object_or_404(Settlement.objects.select_related("provider"), pk=pk)
    answer = StreamingHttpResponse(rows(settlement), content_type="text/csv; charset=utf-8")
    name = f"settlement-{settlement.provider.provider_no}-{settlement.month:%Y-%m}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def rows(settlement: Settlement) -> Iterator[str]:
    """Numbers and codes only: nothing in them can be taken for a formula. The mark is for Excel."""
    write = csv.writer(Said()).writerow
    yield BOM
    yield write(["line", "kind", "service", "booking", "case", "ended_at", "corrects", "amount", "dispute"])
    for line in lines_of(settlement).iterator():
        use = line.booking or line.case
        of = line.corrects or line
        used = of.booking or of.case
        assert used
        dispute = getattr(line, "dispute", None)
        yield write(
            [
                *(line.pk, line.kind, used.entitlement.service.code, line.booking_id or "", line.case_id or ""),
                timezone.localtime(use.ended_at).isoformat(timespec="seconds") if use and use.ended_at else "",
                *(line.corrects_id or "", line.amount, dispute.state if dispute else ""),
            ]
        )
    yield write(["total", "", "", "", "", "", "", settlement.total, ""])


class SettlementViewSet(ShowingViewSet):
    model = Settlement
    name = "settlements"
    url_prefix = "benefits/settlements"
    icon = "doc-full"
    menu_label = _("Settlements")
    menu_name = "settlements"
    index_view_class, inspect_view_class = SettlementIndex, SettlementPage
    inspect_template_name = SettlementPage.template_name
    filterset_class = SettlementFilterSet
    ordering = ("-month", "provider__name_zh", "pk")
    list_display = (
        TitleColumn(
            "provider", label=_("Provider"), accessor=lambda each: each.provider.name, url_name="settlements:inspect"
        ),
        Column("month", label=_("Month"), accessor=lambda each: f"{each.month:%Y-%m}"),
        Column("lines", label=_("Lines"), accessor=lambda each: grouped(each.lines_count)),
        Column("total", label=_("Total (CNY)"), accessor=lambda each: grouped(each.total)),
        Column("disputes", label=_("Open disputes"), accessor=lambda each: each.open_disputes or "—"),
        DateColumn("closed_at", label=_("Closed")),
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("<int:pk>/close/", close, name="close"),
            path("<int:pk>/table/", table, name="table"),
        ]
