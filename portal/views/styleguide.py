"""The living style guide: every part, as members see it. Only in the demo and in development."""

from datetime import timedelta
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from portal.points_words import Line
from portal.views.showcase import demo_only


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Name"), max_length=50, error_messages={"required": _("Please write your name.")})
    mobile = forms.RegexField(
        r"^1\d{10}$",
        label=_("Mobile number"),
        help_text=_("11 figures; a code will be sent there."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel", "pattern": r"1\d{10}"}),
        error_messages={
            "required": _("Please write your mobile number."),
            "invalid": _("A mobile number has 11 figures and begins with 1."),
        },
    )
    email = forms.EmailField(label=_("E-mail"), required=False)
    born_on = forms.DateField(label=_("Date of birth"), widget=forms.DateInput(attrs={"type": "date"}), required=False)
    way = forms.ChoiceField(
        label=_("How may we reach you?"),
        choices=[("sms", _("SMS")), ("wechat", _("WeChat")), ("mail", _("Mail"))],
        widget=forms.RadioSelect,
    )
    password = forms.CharField(label=_("Password"), widget=forms.PasswordInput, required=False)
    agreed = forms.BooleanField(
        label=_("I have read the terms and agree."),
        error_messages={"required": _("Please tick this if you agree; without it we can't go on.")},
    )


class CodeForm(forms.Form):
    code = forms.CharField(label=_("Code from the text message"), max_length=6)


@demo_only
@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    return render(
        request,
        "portal/styleguide.html",
        {
            "code_form": CodeForm(),
            "steps": [_now("Your number"), _now("Your code"), _now("Done")],
            "premium": Decimal("12345.6"),
            "beans": 12345,
            "now": now,
            "bookings": [
                Line(1, "accrue", _now("Earned"), "", now, 120, 12345),
                Line(2, "redeem", _now("Redeemed"), _now("We have told you by text message."), now, -1000, 12225),
            ],
            "reward": {
                "icon": "pulse",
                "obstacle": _now("All gone"),
                "offer": {"reward": {"sku": "SAMPLE", "name": _now("Health")}, "points": 800},
            },
            "items": [
                {"title": _now("Booked"), "at": now, "look": "good", "note": _now("We have told you by text message.")},
                {"title": _now("Being looked at"), "at": now - timedelta(hours=3), "look": "wait"},
                {"title": _now("Something was missing"), "at": now - timedelta(days=2), "look": "bad"},
            ],
            "months": ["1", "2", "3", "4", "5", "6"],
            "earned": {_now("Earned"): [120, 80, 300, 0, 150, 220], _now("Spent"): [0, 100, 50, 200, 0, 90]},
        },
    )


@demo_only
def try_form(request: HttpRequest) -> HttpResponse:
    """The sample form, to try what a form does about mistakes."""
    form = SampleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        messages.success(request, _now("Saved."))
        return redirect("styleguide-form")
    return render(
        request, "portal/styleguide_form.html", {"form": form}, status=422 if request.method == "POST" else 200
    )
