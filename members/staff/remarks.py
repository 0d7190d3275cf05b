"""What whoever decides about a proposal may add; the form stands in `members/staff/_decide.html`."""

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

REMARK_LENGTH = 1000
NO_REASON_GIVEN = _("Write in the remark what the proposer should do instead, then reject.")


class RemarkForm(forms.Form):
    remark = forms.CharField(
        label=_("Remark"),
        max_length=REMARK_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed when you reject: what the proposer should do instead. Kept as it is; no personal data."),
    )


def remark_of(request: HttpRequest) -> str:
    return request.POST.get("remark", "").strip()[:REMARK_LENGTH]
