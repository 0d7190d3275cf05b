"""What a desk types in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from benefits.actions.call_off_visit import LONGEST_REASON as LONGEST_BECAUSE
from benefits.actions.dispute_line import LONGEST_REASON
from benefits.actions.open_case import LONGEST_TEXT
from benefits.document_field import DocumentsField

#: A scanner may add what it likes around the eight letters; longer than this is no code.
LONGEST_CODE = 20


class CheckInForm(forms.Form):
    """By a scanner that types, too: it ends with Enter."""

    code = forms.CharField(
        label=_("Check-in code"),
        max_length=LONGEST_CODE,
        help_text=_("Scan it, or type the eight letters that the guest reads out."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "code"}
        ),
        error_messages={"required": _("Please scan or type the code.")},
    )


class ReportForm(forms.Form):
    file = forms.FileField(
        label=_("Report"),
        help_text=_("PDF, JPEG or PNG, at most 10 MB. Only the member can open it."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
        error_messages={"required": _("Please choose a file.")},
    )


class MessageForm(forms.Form):
    """`key`: pressed twice, it is one message."""

    key = forms.CharField(max_length=100, widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Your message"), required=False, max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 3})
    )
    documents = DocumentsField(label=_("Documents"), required=False)


class DeclineForm(forms.Form):
    key = forms.CharField(max_length=100, widget=forms.HiddenInput)
    because = forms.CharField(
        label=_("Why you can't help"),
        max_length=LONGEST_REASON,
        help_text=_("The member reads this."),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Please say why.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": "decline"} | kwargs)


class CallOffForm(forms.Form):
    because = forms.CharField(
        label=_("Why it can't take place"),
        max_length=LONGEST_BECAUSE,
        help_text=_("Our people read this. No names, please."),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Please say why.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": "call-off"} | kwargs)


class DisputeForm(forms.Form):
    reason = forms.CharField(
        label=_("What is wrong with this line?"),
        max_length=LONGEST_REASON,
        help_text=_("Our people compare it with their records and decide. No names, please."),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Please say what is wrong.")},
    )
