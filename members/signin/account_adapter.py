"""allauth's account adapter: members by mobile number, attempts counted in the database."""

from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from members.actions.count_attempt import Limit, TooManyAttempts, count_attempts
from members.models import Member
from members.phone import mask
from members.signin.origins import origin_of

PASSWORD_PER_PHONE = Limit("password_phone", 5, timedelta(minutes=15))
PASSWORD_PER_DEVICE = Limit("password_device", 20, timedelta(hours=1))


def display_name(member: Member) -> str:
    """What allauth shows of a member, also to the app: the name, else the number that only its owner recognises."""
    return member.name or mask(member.mobile)


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by a code that is right (`SignInByCode`), numbers changed by an action of their own."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _(
            "The password has been tried too often. Please sign in by code, or try again in a quarter of an hour."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_phone(self, user: AbstractBaseUser) -> tuple[str, bool]:
        assert isinstance(user, Member)
        return user.mobile, True

    def get_user_by_phone(self, phone: str) -> Member | None:
        return Member.objects.with_mobile(phone).first()

    def get_login_stages(self) -> list[str]:
        return ["allauth.account.stages.LoginByCodeStage", "members.signin.mfa_adapter.StaffSecondFactorStage"]

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Never allauth's, which lets members without a password pass; `require_assurance` asks instead."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counts an attempt at a password, on numbers with and without an account alike."""
        origin = origin_of(request)
        subjects = {PASSWORD_PER_PHONE: str(credentials.get("phone", ""))}
        if origin.device:
            subjects[PASSWORD_PER_DEVICE] = origin.device
        if origin.ip:  # a device can be made up anew each time, an address can't
            most = settings.SIGN_INS_PER_ADDRESS_PER_HOUR
            subjects[Limit("password_address", most, timedelta(hours=1))] = origin.ip
        try:
            count_attempts(subjects=subjects)
        except TooManyAttempts as error:
            raise self.validation_error("too_many_login_attempts") from error
