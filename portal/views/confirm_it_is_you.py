"""Proving a factor in the middle of something: a code to one's own number, or a passkey."""

from dataclasses import replace
from typing import Any, cast

from allauth.account.utils import get_next_redirect_url
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import FormView

from members.actions.confirm_one_time_code import CodeSpent
from members.actions.issue_one_time_code import COOL_DOWN
from members.actions.prove_by_code import prove_by_code, send_confirming_code
from members.actions.record_proof import record_proof
from members.assurance import Context
from members.models import Factor, Member, OneTimeCode
from members.phone import mask
from members.signin.origins import context_of, origin_of
from portal.refusals import REFUSALS, words_for
from portal.sign_in_forms import CodeForm

Purpose = OneTimeCode.Purpose
SESSION_KEY = "confirming_code"


@method_decorator(never_cache, name="dispatch")
class ConfirmItIsYou(LoginRequiredMixin, FormView):
    """Sends a code when asked to, takes it or a passkey, and leads on (`next`); `back`: where one was before."""

    form_class = CodeForm
    template_name = "account/confirm_it_is_you.html"

    @property
    def member(self) -> Member:
        return cast(Member, self.request.user)

    @property
    def context(self) -> Context:
        """With the one request that the member confirms, if it is about one."""
        return replace(context_of(self.request), request=bound_to(self.request))

    @property
    def sent(self) -> OneTimeCode | None:
        pk = self.request.session.get(SESSION_KEY)
        return OneTimeCode.objects.filter(pk=pk, purpose=Purpose.CONFIRM, used_at=None).first() if pk else None

    @property
    def has_passkey(self) -> bool:
        return Authenticator.objects.filter(user=self.member, type=Authenticator.Type.WEBAUTHN).exists()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "send" in request.POST:
            return self.send_code()
        if "credential" in request.POST:
            return self.take_passkey()
        return super().post(request, *args, **kwargs)

    def send_code(self) -> HttpResponse:
        try:
            code = send_confirming_code(member=self.member, origin=origin_of(self.request))
        except REFUSALS as refusal:
            form = CodeForm({"code": ""}) if self.sent else CodeForm({})
            form.errors.clear()
            form.add_error(None, words_for(refusal))
            return self.form_invalid(form)
        self.request.session[SESSION_KEY] = str(code.pk)
        return self.render_to_response(self.get_context_data(form=CodeForm()))

    def form_valid(self, form: CodeForm) -> HttpResponse:
        sent = self.sent
        try:
            if not sent:
                raise CodeSpent
            prove_by_code(member=self.member, code_id=sent.pk, digits=form.cleaned_data["code"], context=self.context)
        except REFUSALS as refusal:
            form.add_error("code", words_for(refusal))
            return self.form_invalid(form)
        del self.request.session[SESSION_KEY]
        return self.go_on()

    def take_passkey(self) -> HttpResponse:
        form = ReauthenticateWebAuthnForm(self.request.POST, user=self.request.user)
        if not form.is_valid():
            refused = CodeForm({})
            refused.errors.clear()
            refused.add_error(None, form.errors["credential"])
            return self.form_invalid(refused)
        passkey: Authenticator = form.cleaned_data["credential"]
        passkey.record_usage()
        record_proof(
            member=self.member,
            factor=Factor.PASSKEY,
            session=self.context.session,
            entrance=self.context.entrance,
            request=self.context.request,
            evidence=f"authenticator:{passkey.pk}",
        )
        return self.go_on()

    def go_on(self) -> HttpResponse:
        return redirect(get_next_redirect_url(self.request) or "mfa_index")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sent = self.sent
        if self.has_passkey:
            kwargs["js_data"] = {"request_options": webauthn.begin_authentication(self.request.user)}
        return super().get_context_data(
            sent=sent,
            next=get_next_redirect_url(self.request) or "",
            back=get_next_redirect_url(self.request, "back"),
            next_code_at=sent and sent.issued_at + COOL_DOWN,
            masked_mobile=mask(self.member.mobile),
            **kwargs,
        )


def bound_to(request: HttpRequest) -> bytes:
    """The hash of the one request that the member confirms (`for`, in hex); empty where there is none."""
    try:
        return bytes.fromhex(request.GET.get("for", "")[:64])
    except ValueError:
        return b""
