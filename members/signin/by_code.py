"""Signing up and in by phone and code: one way for both, as nobody is told which it will be until the code is right."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.stagekit import clear_login, stash_login
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from members.actions.confirm_one_time_code import CodeSpent, confirm_one_time_code
from members.actions.issue_one_time_code import COOL_DOWN, issue_one_time_code
from members.actions.register_member import member_with_proven_mobile
from members.models import OneTimeCode
from members.models.one_time_code import MAX_GUESSES
from members.phone import mask
from members.signin.origins import origin_of
from members.signin.wechat.pending import let_go_if_late

Purpose = OneTimeCode.Purpose


@dataclass
class SignInByCode:
    """A sign-in that waits for its code: allauth's pending login, whose stage names our code's row and nothing else.

    The number is not in the session, which lies in the database in plain.
    """

    request: HttpRequest
    login: Login
    code: OneTimeCode

    @classmethod
    def begin(cls, request: HttpRequest, mobile: str, redirect_url: str | None = None) -> "SignInByCode":
        """Sends the code; `redirect_url` is where the visitor was going.

        Raises CodeJustSent, TooManyAttempts, NotAMobileNumber.
        """
        code = issue_one_time_code(mobile=mobile, purpose=Purpose.SIGN_IN, origin=origin_of(request))
        login = Login(user=None, redirect_url=redirect_url)
        login.state["stages"] = {"current": LoginByCodeStage.key}
        cls.state_of(request, login)["code"] = str(code.pk)
        stash_login(request, login)
        return cls(request, login, code)

    @classmethod
    def pending(cls, request: HttpRequest) -> "SignInByCode | None":
        """The one that this session has begun, whether or not its code is still good."""
        stage = LoginStageController.enter(request, LoginByCodeStage.key)
        code = stage and OneTimeCode.objects.filter(pk=stage.state.get("code"), purpose=Purpose.SIGN_IN).first()
        return cls(request, stage.login, code) if stage and code else None

    @staticmethod
    def state_of(request: HttpRequest, login: Login) -> dict[str, Any]:
        return LoginByCodeStage(LoginStageController(request, login), request, login).state

    @property
    def masked_mobile(self) -> str:
        return mask(self.code.mobile)

    @property
    def is_live(self) -> bool:
        return self.code.used_at is None and self.code.guesses < MAX_GUESSES and self.code.expires_at > timezone.now()

    @property
    def next_code_at(self) -> datetime:
        return self.code.issued_at + COOL_DOWN

    def resend(self) -> "SignInByCode":
        """A new code to the same number; the old one stops working. Raises CodeJustSent, TooManyAttempts."""
        return self.begin(self.request, self.code.mobile, self.login.redirect_url)

    def confirm(self, digits: str) -> HttpResponse:
        """Signs in, making the account where the number has none. Raises WrongCode, CodeSpent.

        The response leads on: to the second factor where the account has one, else to where the visitor was going.
        """
        let_go_if_late(self.request)
        try:
            code = confirm_one_time_code(pk=self.code.pk, digits=digits, purpose=Purpose.SIGN_IN)
        except CodeSpent:
            clear_login(self.request)
            raise
        with transaction.atomic():
            member, is_new = member_with_proven_mobile(mobile=code.mobile, origin=origin_of(self.request))
            record_authentication(self.request, member, method="code")
            return perform_login(self.request, Login(user=member, redirect_url=self.login.redirect_url, signup=is_new))
