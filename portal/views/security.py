"""How one signs in: password, passkeys, authenticator app, recovery codes."""

import base64
from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.socialaccount.models import SocialAccount
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.generic import FormView, TemplateView

from members.actions.set_password import set_password
from members.signin.authenticators import (
    ACTION,
    add_authenticator_app,
    add_passkey,
    make_recovery_codes,
    remove_authenticator,
)
from members.signin.origins import context_of
from members.signin.wechat import provider as wechat
from members.signin.wechat.identity import PROVIDER
from portal.sign_in_forms import CodeField, counted_second_factor
from portal.stepping_up import asks_for

Type = Authenticator.Type
#: Pages that change how one signs in: a code or passkey of the last minutes, and no copy in the browser's memory.
sensitive: list[Any] = [asks_for(ACTION), never_cache]


@method_decorator(never_cache, name="dispatch")
class Security(LoginRequiredMixin, TemplateView):
    """What there is, and what can be added."""

    template_name = "mfa/index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = Authenticator.objects.filter(user=self.request.user).order_by("pk")
        return super().get_context_data(
            passkeys=[(each, each.wrap().name) for each in own.filter(type=Type.WEBAUTHN)],
            authenticator_app=own.filter(type=Type.TOTP).first(),
            wechat_offered=wechat.is_set_up(self.request),
            wechat_linked=SocialAccount.objects.filter(user=self.request.user, provider=PROVIDER).exists(),
            **kwargs,
        )


class NewPasswordForm(SetPasswordForm):
    """Django's, in the words of the other pages."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = gettext_lazy(
            "At least 10 characters, not digits alone. A few words that you will remember are better than signs."
        )
        self.fields["new_password2"].help_text = ""


@method_decorator(sensitive, name="dispatch")
class ChangePassword(FormView):
    form_class = NewPasswordForm
    template_name = "account/password_change.html"
    success_url = reverse_lazy("mfa_index")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user}

    def form_valid(self, form: Any) -> HttpResponse:
        member: Any = self.request.user
        # The key of the session changes with the hash that it hangs on; what was proved is asked for by the old one.
        set_password(member=member, password=form.cleaned_data["new_password1"], context=context_of(self.request))
        update_session_auth_hash(self.request, member)
        password_changed.send(sender=type(member), request=self.request, user=member)
        messages.success(self.request, _("Your password is set. Other devices have been signed out."))
        return super().form_valid(form)


class PasskeyForm(AddWebAuthnForm):
    """A passkey that signs in by itself, always: what that takes is asked of the device, not of the member."""

    name = forms.CharField(
        label=gettext_lazy("Name of the passkey"),
        help_text=gettext_lazy("By which you know it again, such as “My phone”."),
        required=False,
    )
    passwordless = forms.BooleanField(initial=True, widget=forms.HiddenInput)


@method_decorator(sensitive, name="dispatch")
class AddPasskey(FormView):
    form_class = PasskeyForm
    template_name = "mfa/webauthn/add_form.html"
    success_url = reverse_lazy("mfa_index")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        member: Any = self.request.user
        options = webauthn.begin_registration(member, passwordless=True)
        return super().get_context_data(js_data={"creation_options": options}, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        member: Any = self.request.user
        passkey = add_passkey(
            member=member,
            name=form.cleaned_data["name"],
            credential=form.cleaned_data["credential"],
            context=context_of(self.request),
        )
        post_authentication(self.request, passkey)
        messages.success(self.request, _("Your passkey is set up. Next time you can sign in with it."))
        return super().form_valid(form)


def staff_only(view: Any) -> Any:
    """404 for members: their second factor is a code or a passkey."""

    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not request.user.is_staff:
            raise Http404
        return view(request, *args, **kwargs)

    return checked


class AuthenticatorAppForm(ActivateTOTPForm):
    code = CodeField(label=gettext_lazy("Code that the app shows"))

    def clean_code(self) -> str:
        counted_second_factor(self.user)
        return str(super().clean_code())


@method_decorator([staff_only, *sensitive], name="dispatch")
class AddAuthenticatorApp(FormView):
    form_class = AuthenticatorAppForm
    template_name = "mfa/totp/activate_form.html"
    success_url = reverse_lazy("mfa_view_recovery_codes")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        member: Any = self.request.user
        url = get_adapter().build_totp_url(member, context["form"].secret)
        picture = base64.b64encode(get_adapter().build_totp_svg(url).encode()).decode()
        return {**context, "picture": f"data:image/svg+xml;base64,{picture}", "secret": context["form"].secret}

    def form_valid(self, form: Any) -> HttpResponse:
        member: Any = self.request.user
        app = add_authenticator_app(member=member, secret=form.secret, context=context_of(self.request))
        post_authentication(self.request, app)
        return super().form_valid(form)


@method_decorator([staff_only, *sensitive], name="dispatch")
class NewRecoveryCodes(TemplateView):
    """Shown once, when made; those before stop working."""

    template_name = "mfa/recovery_codes/index.html"

    def post(self, request: HttpRequest) -> HttpResponse:
        member: Any = request.user
        codes = make_recovery_codes(member=member, context=context_of(request))
        return self.render_to_response(self.get_context_data(codes=codes))


@asks_for(ACTION)
@never_cache
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks whether the member is sure, and removes a passkey or authenticator app."""
    authenticator = get_object_or_404(Authenticator, pk=pk, user=request.user)
    if request.method == "POST":
        member: Any = request.user
        remove_authenticator(member=member, authenticator=authenticator, context=context_of(request))
        messages.success(request, _("Removed. It no longer opens your account."))
        return redirect("mfa_index")
    name = authenticator.wrap().name if authenticator.type == Type.WEBAUTHN else _("Authenticator app")
    return render(request, "mfa/webauthn/authenticator_confirm_delete.html", {"name": name})
