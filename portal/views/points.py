"""What a member has of points, what was booked, and a statement of it to keep."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from points.models import EarningCampaign, EarningRule
from points.queries import Only, TooManyMovements, statement_page
from portal.earning_words import by_group
from portal.navigation import POINTS, existing
from portal.numbers import number_from
from portal.points_overview import overview_of, year_chart
from portal.points_words import by_day, lines
from portal.statements.as_csv import as_csv
from portal.statements.as_pdf import as_pdf
from portal.statements.sheet import file_name, sheet_of
from portal.statements.statement_form import StatementForm
from portal.visitors import member_of

#: Of the page that shows everything at a glance.
NEWEST = 5
#: A web process typesets so many lines in about a second, and writes so many rows of a table.
PDF_LINES, CSV_ROWS = 2_000, 20_000
SORTS = (
    ("", gettext_lazy("Everything")),
    (Only.EARNED.value, gettext_lazy("Earned")),
    (Only.USED.value, gettext_lazy("Used")),
    (Only.EXPIRED.value, gettext_lazy("Expired")),
)


@never_cache
@require_safe
@login_required
def points(request: HttpRequest) -> HttpResponse:
    member = member_of(request)
    chart = year_chart(member.pk)
    return render(
        request,
        "portal/points/points.html",
        {
            "overview": overview_of(member.pk),
            "chart_labels": chart and chart[0],
            "chart_series": chart and chart[1],
            "newest": lines(statement_page(member.pk, size=NEWEST).movements),
            "ways": list(existing(POINTS)),
        },
    )


@never_cache
@require_safe
@login_required
def history(request: HttpRequest) -> HttpResponse:
    """Page by page (`before`), all of it or one sort (`only`)."""
    only = request.GET.get("only", "")
    if only not in dict(SORTS):
        raise Http404
    before = number_from(request.GET.get("before", ""))
    page = statement_page(member_of(request).pk, before=before or None, only=Only(only) if only else None)
    shown = {"days": by_day(lines(page.movements)), "older": page.older, "before": before, "only": only, "sorts": SORTS}
    return render(request, "portal/points/history.html", shown)


@require_safe
@login_required
def earning(request: HttpRequest) -> HttpResponse:
    """What is rewarded now, and what is rewarded more for a time."""
    now = timezone.now()
    groups = by_group(list(EarningRule.objects.paying(at=now)), list(EarningCampaign.objects.running(at=now)))
    return render(request, "portal/points/earning.html", {"groups": groups})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def statement(request: HttpRequest) -> HttpResponse:
    """Asks for the time; by POST hands out the file (`as`: pdf or csv)."""
    form = StatementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return statement_file(request, form.cleaned_data)
        except TooManyMovements as refusal:
            form.add_error(None, too_long(refusal, request.POST.get("as") == "csv"))
    return render(request, "portal/points/statement.html", {"form": form})


def statement_file(request: HttpRequest, period: dict[str, Any]) -> HttpResponse:
    """Raises TooManyMovements."""
    wants_table = request.POST.get("as") == "csv"
    sheet = sheet_of(
        member_of(request),
        since=period["since"],
        until=period["until"],
        at_most=CSV_ROWS if wants_table else PDF_LINES,
    )
    if wants_table:
        answer = HttpResponse(as_csv(sheet), content_type="text/csv; charset=utf-8")
    else:
        answer = HttpResponse(as_pdf(sheet), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{file_name(sheet, "csv" if wants_table else "pdf")}"'
    return answer


def too_long(refusal: TooManyMovements, is_table: bool) -> str:
    most = {"most": f"{refusal.at_most:,}"}
    if is_table:
        return _("In this time there are more than %(most)s lines. Please choose a shorter one.") % most
    return (
        _("In this time there are more than %(most)s lines. Please choose a shorter one, or take the table for Excel.")
        % most
    )
