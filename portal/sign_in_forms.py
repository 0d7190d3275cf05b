"""The forms of signing in."""

import unicodedata
from datetime import timedelta
from typing import Any

from allauth.mfa.base.forms import AuthenticateForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from members.actions.count_attempt import Limit, TooManyAttempts, count_attempts
from members.phone import NotAMobileNumber, reachable_mobile
from portal.refusals import words_for

SECOND_FACTOR = Limit("second_factor", 10, timedelta(minutes=15))


class MobileField(forms.CharField):
    """A number that text messages reach, as people write it; E.164 when clean."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"})
        messages = {"required": _("Please enter your mobile number.")}
        super().__init__(**{"max_length": 30, "widget": widget, "error_messages": messages, **kwargs})

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            return reachable_mobile(text) if text else ""
        except NotAMobileNumber as refusal:
            raise ValidationError(words_for(refusal), code="invalid") from refusal


class CodeField(forms.CharField):
    """Six digits, also with spaces between or in full width."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "12"}
        messages = {
            "required": _("Please enter the code from the text message."),
            "invalid": _("The code has six digits."),
        }
        super().__init__(**{"widget": forms.TextInput(attrs=attrs), "error_messages": messages, **kwargs})

    def clean(self, value: Any) -> str:
        text = unicodedata.normalize("NFKC", super().clean(value)).replace(" ", "").replace("-", "")
        if len(text) != 6 or not (text.isascii() and text.isdigit()):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return text


class MobileForm(forms.Form):
    mobile = MobileField(label=_("Mobile number"))


class PasswordForm(MobileForm):
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Please enter your password.")},
    )


class CodeForm(forms.Form):
    code = CodeField(label=_("Code from the text message"))


def counted_second_factor(member: Any) -> None:
    """Counts a guess at this member's authenticator app or recovery codes. Raises ValidationError beyond the limit."""
    try:
        count_attempts(subjects={SECOND_FACTOR: str(member.pk)})
    except TooManyAttempts as refusal:
        raise ValidationError(words_for(refusal), code="too_many_attempts") from refusal


class CountedAuthenticateForm(AuthenticateForm):
    """The second factor's code."""

    code = forms.CharField(
        label=_("Code of the authenticator app, or a recovery code"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )

    def clean_code(self) -> str:
        counted_second_factor(self.user)
        return str(super().clean_code())
