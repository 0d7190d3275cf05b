"""Help that no time at a place is booked for: a member asks for it, talks with whoever helps, and says how it was."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from benefits.actions.end_case import cancel_case
from benefits.actions.open_case import open_case
from benefits.actions.open_document import open_as_member
from benefits.actions.rate_case import rate_case
from benefits.actions.write_in_case import write_as_member
from benefits.case_access import case_of_member, cases_of_member
from benefits.models import BenefitDocument, Case, Service
from benefits.queries.cases import usable_today
from benefits.refusals import BenefitRefused
from benefits.refusals.case import CaseEnded
from members.models import Member
from members.signin.origins import context_of
from portal.buttons import button_on
from portal.case_forms import AnswerForm, CaseForm, RatingForm
from portal.case_words import CHIPS, words_of
from portal.conversation import conversation
from portal.documents import handed_out
from portal.visitors import member_of

PAGE = 30
State = Case.State


@never_cache
@require_safe
@login_required
def cases(request: HttpRequest) -> HttpResponse:
    found = cases_of_member(member_of(request)).select_related("entitlement__service", "provider")
    page = Paginator(found.order_by("-opened_at", "-pk"), PAGE).get_page(request.GET.get("page"))
    shown = [(each, CHIPS.get(each.state, "")) for each in page]
    return render(request, "portal/cases/cases.html", {"cases": shown, "page": page})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def ask(request: HttpRequest, service_code: str) -> HttpResponse:
    """Asks what is needed; by POST opens the case."""
    member = member_of(request)
    service = get_object_or_404(Service, code=service_code, mode=Service.Mode.CASE)
    entitlement = usable_today(member, service)
    about: dict[str, Any] = {"member": member, "service": service, "entitlement": entitlement}
    if request.method == "POST":
        form = CaseForm(request.POST, request.FILES, **about)
        if form.is_valid():
            try:
                case = open_case(member=member, service_code=service.code, **form.asked())
            except BenefitRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("We have it. Whoever helps you answers here."))
                return redirect("case", case.pk)
    else:
        form = CaseForm(initial={"key": uuid4().hex}, **about)
    return render(request, "portal/cases/ask.html", about | {"form": form})


@never_cache
@require_safe
@login_required
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    return show(request, one(member_of(request), case_id))


@never_cache
@button_on("case", "case_id")
@login_required
def write(request: HttpRequest, case_id: int) -> HttpResponse:
    member, form = member_of(request), AnswerForm(request.POST, request.FILES)
    found = one(member, case_id)
    if form.is_valid():
        given = form.cleaned_data
        try:
            write_as_member(
                case_id=case_id, member=member, text=given["text"], key=given["key"], files=given["documents"]
            )
        except CaseEnded as refusal:
            messages.warning(request, str(refusal))
        except BenefitRefused as refusal:
            form.add_error(None, str(refusal))
            return show(request, found, form=form)
        return redirect("case", case_id)
    return show(request, found, form=form)


@never_cache
@button_on("case", "case_id")
@login_required
def cancel(request: HttpRequest, case_id: int) -> HttpResponse:
    member = member_of(request)
    one(member, case_id)
    try:
        cancelled = cancel_case(case_id=case_id, member=member)
    except BenefitRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        late = cancelled.state == State.CANCELLED_LATE
        messages.success(
            request,
            _("It is called off. It had been begun, so it counts as used.")
            if late
            else _("It is called off, and you have the benefit back."),
        )
    return redirect("case", case_id)


@never_cache
@button_on("case", "case_id")
@login_required
def rate(request: HttpRequest, case_id: int) -> HttpResponse:
    member, form = member_of(request), RatingForm(request.POST)
    found = one(member, case_id)
    if not form.is_valid():
        return show(request, found, rating_form=form)
    try:
        rate_case(case_id=case_id, member=member, **form.cleaned_data)
    except BenefitRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Thank you for telling us."))
    return redirect("case", case_id)


@never_cache
@require_safe
@login_required
def document(request: HttpRequest, document_id: int) -> HttpResponseBase:
    """Of a case or a visit of the member's; each time is recorded."""
    try:
        found = open_as_member(
            document_id=document_id, member=member_of(request), entrance=context_of(request).entrance
        )
    except BenefitDocument.DoesNotExist as refusal:
        raise Http404 from refusal
    return handed_out(found)


def one(member: Member, case_id: int) -> Case:
    """Raises Http404 where it is not the member's."""
    try:
        return case_of_member(member, case_id)
    except Case.DoesNotExist as refusal:
        raise Http404 from refusal


def show(
    request: HttpRequest, case: Case, *, form: AnswerForm | None = None, rating_form: RatingForm | None = None
) -> HttpResponse:
    return render(
        request,
        "portal/cases/case.html",
        {
            "case": case,
            "words": words_of(case),
            "chip": CHIPS.get(case.state, ""),
            "said": conversation(case),
            "is_open": case.state in Case.OPEN,
            "is_begun": case.taken_at is not None,
            "may_rate": case.state == State.DONE and case.rating is None,
            "form": form or AnswerForm(initial={"key": uuid4().hex}),
            "rating_form": rating_form or RatingForm(),
        },
    )
