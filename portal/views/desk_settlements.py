"""A provider's desk: what the provider is paid, month by month, line by line."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from benefits.actions.dispute_line import dispute_line
from benefits.models import DeskWorker, Settlement, SettlementLine
from benefits.queries.desk import lines_of, settlements_of
from benefits.refusals import BenefitRefused
from portal.desk.access import at_desk, desk_page
from portal.desk.forms import DisputeForm
from portal.desk.words import words_of
from portal.statements.settlement import settlement_csv, settlement_pdf

PAGE = 100


@require_safe
@at_desk
def settlements(request: HttpRequest, worker: DeskWorker) -> HttpResponse:
    return desk_page(request, worker, "settlements", settlements=settlements_of(worker))


@require_safe
@at_desk
def settlement(request: HttpRequest, worker: DeskWorker, settlement_id: int) -> HttpResponse:
    found = one(worker, settlement_id)
    page = Paginator(lines_of(found), PAGE).get_page(request.GET.get("page"))
    lines = [(line, words_of(line), getattr(line, "dispute", None)) for line in page]
    return desk_page(request, worker, "settlement", settlement=found, lines=lines, page=page)


@require_safe
@at_desk
def pdf(request: HttpRequest, worker: DeskWorker, settlement_id: int) -> HttpResponse:
    found = one(worker, settlement_id)
    return file(found, HttpResponse(settlement_pdf(found), content_type="application/pdf"), "pdf")


@require_safe
@at_desk
def table(request: HttpRequest, worker: DeskWorker, settlement_id: int) -> HttpResponse:
    found = one(worker, settlement_id)
    return file(found, HttpResponse(settlement_csv(found), content_type="text/csv; charset=utf-8"), "csv")


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def dispute(request: HttpRequest, worker: DeskWorker, line_id: int) -> HttpResponse:
    """Asks what is wrong with a line; by POST says so to the insurer."""
    line = lines_of_worker(worker, line_id)
    form = DisputeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            dispute_line(line_id=line.pk, worker=worker, reason=form.cleaned_data["reason"])
        except BenefitRefused as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, _("Sent. Our people look into it; the answer stands at the line."))
            return redirect("desk-settlement", line.settlement_id)
    return desk_page(request, worker, "dispute", line=line, words=words_of(line), form=form)


def one(worker: DeskWorker, settlement_id: int) -> Settlement:
    """Raises Http404 where it is not the provider's."""
    try:
        return settlements_of(worker).select_related("provider").get(pk=settlement_id)
    except Settlement.DoesNotExist as refusal:
        raise Http404 from refusal


def lines_of_worker(worker: DeskWorker, line_id: int) -> SettlementLine:
    try:
        return SettlementLine.objects.select_related("settlement").get(
            pk=line_id, settlement__provider=worker.provider_id
        )
    except SettlementLine.DoesNotExist as refusal:
        raise Http404 from refusal


def file(settlement: Settlement, answer: HttpResponse, ending: str) -> HttpResponse:
    name = f"settlement-{settlement.provider.provider_no}-{settlement.month:%Y-%m}.{ending}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
