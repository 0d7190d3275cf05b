"""Signing up and in on the web, by phone and code."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.account.utils import get_login_redirect_url, get_next_redirect_url
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import FormView

from members.actions.confirm_one_time_code import CodeSpent
from members.signin.by_code import SignInByCode
from members.signin.origins import DEVICE_COOKIE, device_of, new_device_mark
from members.signin.wechat import provider as wechat
from members.signin.wechat.pending import pending_wechat
from portal.refusals import REFUSALS, words_for
from portal.sign_in_forms import CodeForm, MobileForm, PasswordForm

DEVICE_REMEMBERED_S = 365 * 24 * 3600


@method_decorator(never_cache, name="dispatch")
class SignIn(FormView):
    """Asks for the mobile number. What follows is the same whether or not it has an account."""

    form_class = MobileForm
    template_name = "account/login.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return redirect(get_login_redirect_url(request))
        response = super().dispatch(request, *args, **kwargs)
        if not device_of(request):
            secure = request.is_secure()
            response.set_cookie(
                DEVICE_COOKIE,
                new_device_mark(),
                max_age=DEVICE_REMEMBERED_S,
                httponly=True,
                samesite="Lax",
                secure=secure,
            )
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        pending = SignInByCode.pending(self.request)
        return super().get_context_data(
            code_waits=pending if pending and pending.is_live else None,
            wechat_offered=wechat.is_set_up(self.request),
            wechat_waits=pending_wechat(self.request),
            **kwargs,
        )

    def form_valid(self, form: MobileForm) -> HttpResponse:
        mobile = form.cleaned_data["mobile"]
        onward = get_next_redirect_url(self.request)
        try:
            SignInByCode.begin(self.request, mobile, onward)
        except REFUSALS as refusal:
            pending = SignInByCode.pending(self.request)
            # Whoever goes back and sends the same number again has a code already.
            if pending and pending.is_live and pending.code.mobile == mobile:
                return redirect("account_confirm_login_code")
            form.add_error("mobile", words_for(refusal))
            return self.form_invalid(form)
        return redirect("account_confirm_login_code")


@method_decorator(never_cache, name="dispatch")
class ConfirmCode(FormView):
    """Asks for the code."""

    form_class = CodeForm
    template_name = "account/confirm_login_code.html"
    pending: SignInByCode

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        pending = SignInByCode.pending(request)
        if not pending:
            return redirect("account_login")
        self.pending = pending
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: CodeForm) -> HttpResponse:
        try:
            return self.pending.confirm(form.cleaned_data["code"])
        except CodeSpent as refusal:
            messages.error(self.request, words_for(refusal))
            return redirect("account_login")
        except REFUSALS as refusal:
            form.add_error("code", words_for(refusal))
            form.data = {}  # nobody wants to delete six figures before typing six others
            return self.form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            pending=self.pending,
            masked_mobile=self.pending.masked_mobile,
            next_code_at=self.pending.next_code_at,
            wechat_waits=pending_wechat(self.request),
            **kwargs,
        )


@method_decorator(never_cache, name="dispatch")
class SignInByPassword(FormView):
    """For members who have set one. What is wrong, number or password, is not told."""

    form_class = PasswordForm
    template_name = "account/login_by_password.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return redirect(get_login_redirect_url(request))
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: PasswordForm) -> HttpResponse:
        credentials = {"phone": form.cleaned_data["mobile"], "password": form.cleaned_data["password"]}
        try:
            member = get_adapter().authenticate(self.request, **credentials)
        except ValidationError as refusal:  # tried too often
            form.add_error(None, refusal)
            return self.form_invalid(form)
        if member is None:
            form.add_error("password", _("Number and password do not belong together. A code always works."))
            return self.form_invalid(form)
        login = Login(user=member, redirect_url=get_next_redirect_url(self.request))
        return perform_password_login(self.request, credentials, login)


@never_cache
@require_POST
def resend_code(request: HttpRequest) -> HttpResponse:
    """Another code to the same number."""
    pending = SignInByCode.pending(request)
    if not pending:
        return redirect("account_login")
    try:
        pending.resend()
    except REFUSALS as refusal:
        messages.error(request, words_for(refusal))
    else:
        messages.success(request, _("A new code is on its way. The one before it no longer works."))
    return redirect("account_confirm_login_code")


@require_safe
def account_closed(request: HttpRequest) -> HttpResponse:
    """For somebody who has proved a number whose account is closed or blocked."""
    return render(request, "account/account_inactive.html")


@require_safe
def cannot_sign_in(request: HttpRequest) -> HttpResponse:
    """For somebody to whom no code comes: each reason, and the way that remains."""
    return render(request, "account/cannot_sign_in.html")
