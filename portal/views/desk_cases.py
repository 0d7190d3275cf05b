"""A provider's desk: cases, the most pressing first, and what is written in them."""

from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from benefits.actions.end_case import decline_case, finish_case
from benefits.actions.open_document import open_at_desk
from benefits.actions.show_number import show_number
from benefits.actions.take_case import take_case
from benefits.actions.write_in_case import write_as_provider
from benefits.case_access import case_at_desk, cases_at_desk, may_read
from benefits.models import BenefitDocument, Case, DeskWorker
from benefits.refusals import BenefitRefused
from benefits.refusals.case import CaseEnded, NotTheOwner, OwnCase
from members.signin.origins import context_of
from portal.buttons import button_on
from portal.conversation import conversation
from portal.desk.access import at_desk, desk_page
from portal.desk.forms import DeclineForm, MessageForm
from portal.desk.words import CASE_CHIPS, CASE_STATES, clock_of, masked_name
from portal.documents import handed_out
from portal.numbers import number_from

PAGE = 50
SORTS = (
    ("", gettext_lazy("Open")),
    ("mine", gettext_lazy("Mine")),
    ("ended", gettext_lazy("Ended cases")),
)


@require_safe
@at_desk
def cases(request: HttpRequest, worker: DeskWorker) -> HttpResponse:
    """All that are open, those that the worker looks after (`only`: mine), or those that have ended (ended)."""
    only = request.GET.get("only", "")
    if only not in dict(SORTS):
        raise Http404
    found = cases_at_desk(worker).select_related("entitlement__service", "customer", "guest", "owner")
    match only:
        case "ended":
            found = found.exclude(state__in=Case.OPEN).order_by("-ended_at", "-pk")
        case "mine":
            found = found.open().filter(owner=worker.member_id).most_pressing_first()
        case _:
            found = found.open().most_pressing_first()
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    shown = [
        (each, who(worker, each), CASE_STATES[each.state], CASE_CHIPS.get(each.state, ""), clock_of(each))
        for each in page
    ]
    return desk_page(request, worker, "cases", cases=shown, page=page, only=only, sorts=SORTS)


@require_safe
@at_desk
def case(request: HttpRequest, worker: DeskWorker, case_id: int) -> HttpResponse:
    return show(request, worker, one(worker, case_id))


@button_on("desk-case", "case_id")
@at_desk
def take(request: HttpRequest, worker: DeskWorker, case_id: int) -> HttpResponse:
    """From whom the page has shown (`held_by`); empty for nobody."""
    found = one(worker, case_id)
    try:
        take_case(case_id=found.pk, worker=worker, held_by=number_from(request.POST.get("held_by", "")) or None)
    except BenefitRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("You look after this case now."))
    return redirect("desk-case", case_id)


@button_on("desk-case", "case_id")
@at_desk
def number(request: HttpRequest, worker: DeskWorker, case_id: int) -> HttpResponse:
    """The member's, on this answer alone, and recorded."""
    found = one(worker, case_id)
    try:
        shown = show_number(case_id=found.pk, worker=worker)
    except BenefitRefused as refusal:
        messages.warning(request, str(refusal))
        return redirect("desk-case", case_id)
    return show(request, worker, found, number=shown)


@button_on("desk-case", "case_id")
@at_desk
def write(request: HttpRequest, worker: DeskWorker, case_id: int) -> HttpResponse:
    """An answer, or (`as`: ask) a question that the provider can't go on without."""
    found, form = one(worker, case_id), MessageForm(request.POST, request.FILES)
    if not form.is_valid():
        return show(request, worker, found, form=form)
    given, asks = form.cleaned_data, request.POST.get("as") == "ask"
    try:
        write_as_provider(
            case_id=found.pk, worker=worker, text=given["text"], key=given["key"], asks=asks, files=given["documents"]
        )
    except (CaseEnded, NotTheOwner, OwnCase) as refusal:
        messages.warning(request, str(refusal))
    except BenefitRefused as refusal:
        form.add_error(None, str(refusal))
        return show(request, worker, found, form=form)
    return redirect("desk-case", case_id)


@button_on("desk-case", "case_id")
@at_desk
def done(request: HttpRequest, worker: DeskWorker, case_id: int) -> HttpResponse:
    found = one(worker, case_id)
    try:
        finish_case(case_id=found.pk, worker=worker)
    except BenefitRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("This case is done."))
    return redirect("desk-case", case_id)


@button_on("desk-case", "case_id")
@at_desk
def decline(request: HttpRequest, worker: DeskWorker, case_id: int) -> HttpResponse:
    found, form = one(worker, case_id), DeclineForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            decline_case(case_id=found.pk, worker=worker, because=given["because"], key=given["key"])
        except BenefitRefused as refusal:
            messages.warning(request, str(refusal))
            return redirect("desk-case", case_id)
        else:
            messages.success(request, _("Declined. The member reads why, and has the benefit back."))
            return redirect("desk-case", case_id)
    return show(request, worker, found, decline_form=form)


@require_safe
@at_desk
def document(request: HttpRequest, worker: DeskWorker, document_id: int) -> HttpResponseBase:
    """Of a case of the provider's; a report of a visit is none."""
    try:
        found = open_at_desk(document_id=document_id, worker=worker, entrance=context_of(request).entrance)
    except BenefitDocument.DoesNotExist as refusal:
        raise Http404 from refusal
    return handed_out(found)


def one(worker: DeskWorker, case_id: int) -> Case:
    """Raises Http404 where it is not the provider's."""
    try:
        return case_at_desk(worker, case_id)
    except Case.DoesNotExist as refusal:
        raise Http404 from refusal


def who(worker: DeskWorker, case: Case) -> str:
    """Masked but for whoever looks after it."""
    name = case.guest.name if case.guest else case.customer.name
    return name if case.taken_at and may_read(worker, case) else masked_name(name)


def show(
    request: HttpRequest,
    worker: DeskWorker,
    case: Case,
    *,
    form: MessageForm | None = None,
    decline_form: DeclineForm | None = None,
    number: str = "",
) -> HttpResponse:
    key, is_mine, reads = uuid4().hex, case.owner_id == worker.member_id, may_read(worker, case)
    return desk_page(
        request,
        worker,
        "case",
        case=case,
        who=who(worker, case),
        state=CASE_STATES[case.state],
        chip=CASE_CHIPS.get(case.state, ""),
        clock=clock_of(case),
        reads=reads,
        said=conversation(case, with_papers=is_mine) if reads else [],
        closed_papers=0 if is_mine else case.documents.kept().count(),
        number=number,
        is_open=case.state in Case.OPEN,
        is_mine=is_mine,
        form=form or MessageForm(initial={"key": key}),
        decline_form=decline_form or DeclineForm(initial={"key": key}),
    )
