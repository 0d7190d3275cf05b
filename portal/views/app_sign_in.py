"""The app's sign-in: allauth's headless protocol with our codes. What is not listed in `urlpatterns` is closed.

The app keeps the session token of each answer and sends it as `X-Session-Token`.
"""

from http import HTTPStatus
from typing import Any

from allauth.headless.account.views import LoginView, SessionView
from allauth.headless.base.response import AuthenticationResponse, ConflictResponse
from allauth.headless.base.views import APIView, ConfigView
from allauth.headless.constants import Client
from allauth.headless.internal.restkit import inputs
from allauth.headless.internal.restkit.response import APIResponse
from allauth.headless.mfa.views import AuthenticateView, LoginWebAuthnView
from allauth.headless.usersessions.views import SessionsView
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path

from members.actions.confirm_one_time_code import CodeSpent, WrongCode
from members.actions.count_attempt import TooManyAttempts
from members.actions.issue_one_time_code import CodeJustSent
from members.signin.by_code import SignInByCode
from portal.refusals import REFUSALS, words_for
from portal.sign_in_forms import CodeField, CountedAuthenticateForm, MobileField

#: Code and status of a refusal; of anything else that is sent wrongly: invalid, 400.
ANSWERS: dict[type[Exception], tuple[str, HTTPStatus]] = {
    CodeJustSent: ("code_just_sent", HTTPStatus.TOO_MANY_REQUESTS),
    TooManyAttempts: ("too_many_attempts", HTTPStatus.TOO_MANY_REQUESTS),
    WrongCode: ("incorrect_code", HTTPStatus.BAD_REQUEST),
    CodeSpent: ("code_spent", HTTPStatus.CONFLICT),
}


def refused(request: HttpRequest, refusal: Exception, param: str) -> APIResponse:
    """An error in the protocol's form, in the words that the pages use."""
    code, status = ANSWERS.get(type(refusal), ("invalid", HTTPStatus.BAD_REQUEST))
    return APIResponse(request, errors=[{"message": words_for(refusal), "code": code, "param": param}], status=status)


class RequestCodeInput(inputs.Input):
    phone = MobileField()


class RequestCode(APIView):
    """Sends a code to any number, known or not; the answer is the same."""

    input_class = RequestCodeInput
    input: RequestCodeInput

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return ConflictResponse(request)
        try:
            SignInByCode.begin(request, self.input.cleaned_data["phone"])
        except REFUSALS as refusal:
            return refused(request, refusal, "phone")
        return AuthenticationResponse(request)


class PendingCodeView(APIView):
    """Answers 409 where no code is waited for."""

    pending: SignInByCode

    def handle(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        pending = SignInByCode.pending(request)
        if not pending:
            return ConflictResponse(request)
        self.pending = pending
        return super().handle(request, *args, **kwargs)


class ResendCode(PendingCodeView):
    handle_json_input = False

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.pending.resend()
        except REFUSALS as refusal:
            return refused(request, refusal, "phone")
        return APIResponse(request)


class ConfirmCodeInput(inputs.Input):
    code = CodeField()


class ConfirmCode(PendingCodeView):
    """Signs in, or up where the number has no account yet."""

    input_class = ConfirmCodeInput
    input: ConfirmCodeInput

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = self.pending.confirm(self.input.cleaned_data["code"])
        except REFUSALS as refusal:
            return refused(request, refusal, "code")
        return AuthenticationResponse.from_response(request, response)


class SecondFactorInput(CountedAuthenticateForm, inputs.Input):
    pass


class SecondFactor(AuthenticateView):
    input_class = SecondFactorInput


APP = {"client": Client.APP}
app_name = "app"
urlpatterns = [
    path("config", ConfigView.as_api_view(**APP), name="config"),
    path("auth/session", SessionView.as_api_view(**APP), name="session"),
    path("auth/code/request", RequestCode.as_api_view(**APP), name="request-code"),
    path("auth/code/resend", ResendCode.as_api_view(**APP), name="resend-code"),
    path("auth/code/confirm", ConfirmCode.as_api_view(**APP), name="confirm-code"),
    path("auth/login", LoginView.as_api_view(**APP), name="login"),
    path("auth/2fa/authenticate", SecondFactor.as_api_view(**APP), name="second-factor"),
    path("auth/webauthn/login", LoginWebAuthnView.as_api_view(**APP), name="passkey"),
    path("auth/sessions", SessionsView.as_api_view(**APP), name="sessions"),
]
