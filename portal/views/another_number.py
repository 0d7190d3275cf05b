"""Proving a number that is not the account's own: asked for, then the code. What it is proved for has its own page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.generic import FormView

from members.actions.confirm_one_time_code import CodeSpent
from members.actions.issue_one_time_code import COOL_DOWN
from members.actions.prove_number import prove_number, send_code_to_number
from members.assurance import AssuranceRefused, FactorNeeded, LevelTooLow, require_assurance
from members.models import OneTimeCode, ProvenNumber
from members.phone import mask
from members.signin.origins import context_of, origin_of
from portal.assured import refused
from portal.refusals import REFUSALS, words_for
from portal.sign_in_forms import CodeForm, MobileForm
from portal.visitors import member_of

#: In the session, by flow: the code that was sent, then the number that was proved by it.
SESSION_KEY = "another_number"


@dataclass(frozen=True)
class Flow:
    """Why a number is asked for. `name`: also of its first page; the others are `name`-code and `name`-done.

    `action`: what it is for, asked before anything is typed; empty where that depends on the number.
    """

    name: str
    title: Promise
    note: Promise
    label: Promise
    back: str
    action: str = ""


CHANGE = Flow(
    "change-phone",
    _lazy("Change my phone number"),
    _lazy("You sign in with it, and our messages go to it. The old number and the new one are both told."),
    _lazy("New mobile number"),
    back="me",
    action="mobile.change",
)
LOST = Flow(
    "lost-phone",
    _lazy("My old number is gone"),
    _lazy("You can't receive codes on it any more: your face shows instead that it is you."),
    _lazy("New mobile number"),
    back="change-phone",
    action="mobile.recover",
)
MERGE = Flow(
    "merge-accounts",
    _lazy("Make two accounts one"),
    _lazy("You have signed in with another number once, and have a second account there? Show us that it is yours."),
    _lazy("Mobile number of the other account"),
    back="me",
)
CHILD = Flow(
    "child-consent",
    _lazy("Agree for a child"),
    _lazy(
        "A child under 14 needs the consent of a parent or guardian. Have the child's phone at hand: a code goes to it."
    ),
    _lazy("Mobile number of the child"),
    back="consents",
    action="guardian.agree",
)


class Step(FormView):
    """What the first two pages of a flow share."""

    flow: Flow = CHANGE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(flow=self.flow, lost=self.flow is LOST, back=self.back_to(), **kwargs)

    def back_to(self) -> str:
        return self.flow.back


@method_decorator([never_cache, login_required], name="dispatch")
class AskNumber(Step):
    """Asks for the number, and sends its code whoever has it."""

    form_class = MobileForm
    template_name = "portal/me/another_number.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        member = member_of(request)
        try:
            if self.flow.action:
                require_assurance(member, self.flow.action, context_of(request))
        except LevelTooLow as refusal:
            # Who a member is can't be verified without a code to the very number that is lost.
            return only_in_person(request) if self.flow is LOST else refused(request, refusal)
        except FactorNeeded as refusal:
            if not refusal.terms.bound:  # what is bound to the number is proved once there is one
                return refused(request, refusal)
        except AssuranceRefused as refusal:
            return refused(request, refusal)
        return super().dispatch(request, *args, **kwargs)

    def get_form(self, form_class: Any = None) -> MobileForm:
        form = super().get_form(form_class)
        form.fields["mobile"].label = self.flow.label
        return form

    def form_valid(self, form: MobileForm) -> HttpResponse:
        mobile = form.cleaned_data["mobile"]
        if mobile == member_of(self.request).mobile:
            form.add_error("mobile", _("This is your account's number already."))
            return self.form_invalid(form)
        try:
            code = send_code_to_number(mobile=mobile, origin=origin_of(self.request))
        except REFUSALS as refusal:
            sent = code_sent(self.request, self.flow)
            if not (sent and sent.mobile == mobile):  # whoever goes back and sends it again has a code already
                form.add_error("mobile", words_for(refusal))
                return self.form_invalid(form)
        else:
            self.request.session[SESSION_KEY] = {"flow": self.flow.name, "code": str(code.pk)}
        return redirect(f"{self.flow.name}-code")


@method_decorator([never_cache, login_required], name="dispatch")
class EnterCode(Step):
    """Takes the code that went to the number; sends another when asked to."""

    form_class = CodeForm
    template_name = "portal/me/number_code.html"
    code: OneTimeCode

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        sent = code_sent(request, self.flow)
        if sent is None:
            return redirect(self.flow.name)
        self.code = sent
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.send_again() if "send" in request.POST else super().post(request, *args, **kwargs)

    def send_again(self) -> HttpResponse:
        try:
            code = send_code_to_number(mobile=self.code.mobile, origin=origin_of(self.request))
        except REFUSALS as refusal:
            messages.error(self.request, words_for(refusal))
        else:
            self.request.session[SESSION_KEY] = {"flow": self.flow.name, "code": str(code.pk)}
            messages.success(self.request, _("A new code is on its way. The one before it no longer works."))
        return redirect(f"{self.flow.name}-code")

    def form_valid(self, form: CodeForm) -> HttpResponse:
        try:
            proven = prove_number(
                member=member_of(self.request),
                code_id=self.code.pk,
                digits=form.cleaned_data["code"],
                context=context_of(self.request),
            )
        except CodeSpent as refusal:
            messages.error(self.request, words_for(refusal))
            return redirect(self.flow.name)
        except REFUSALS as refusal:
            form.add_error("code", words_for(refusal))
            form.data = {}
            return self.form_invalid(form)
        self.request.session[SESSION_KEY] = {"flow": self.flow.name, "proven": proven.pk}
        return redirect(f"{self.flow.name}-done")

    def back_to(self) -> str:
        return self.flow.name

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            masked_mobile=mask(self.code.mobile),
            code_id=self.code.pk,
            next_code_at=self.code.issued_at + COOL_DOWN,
            **kwargs,
        )


def code_sent(request: HttpRequest, flow: Flow) -> OneTimeCode | None:
    kept = request.session.get(SESSION_KEY, {})
    pk = kept.get("code") if kept.get("flow") == flow.name else None
    return OneTimeCode.objects.filter(pk=pk, purpose=OneTimeCode.Purpose.PROVE_NUMBER).first() if pk else None


def number_proved(request: HttpRequest) -> ProvenNumber | None:
    """What this session has proved a moment ago, for whatever reason, and has not used yet."""
    pk = request.session.get(SESSION_KEY, {}).get("proven")
    usable = ProvenNumber.objects.usable().filter(member=member_of(request), session=context_of(request).session)
    return usable.filter(pk=pk).first() if pk else None


def too_late(request: HttpRequest, flow: Flow) -> HttpResponse:
    """Unless the number was not left lying but used: whoever has pressed twice has what they wanted."""
    pk = request.session.get(SESSION_KEY, {}).get("proven")
    if pk and ProvenNumber.objects.filter(pk=pk, member=member_of(request), used_at__isnull=False).exists():
        return redirect("me")
    messages.warning(request, _("That took a little long. Please show us the number once more."))
    return redirect(flow.name)


def only_in_person(request: HttpRequest) -> HttpResponse:
    words = {
        "look": "wait",
        "title": _("Please come to us, or call"),
        "why": _("This account has not been verified, so your face can't show whose it is."),
        "now": _(
            "If you are insured with us, come to a counter with your document. "
            "You can also begin anew with your new number."
        ),
        "href": reverse("me"),
        "action": _("To my account"),
    }
    return render(request, "portal/result.html", words, status=403)


def pages(at: str, flow: Flow, done: Callable[..., HttpResponse]) -> list[URLPattern]:
    """The addresses of a flow, from `at` on: the number, its code, and `done`, what the number was proved for."""
    return [
        path(at, AskNumber.as_view(flow=flow), name=flow.name),
        path(f"{at}/code", EnterCode.as_view(flow=flow), name=f"{flow.name}-code"),
        path(f"{at}/done", done, name=f"{flow.name}-done"),
    ]
