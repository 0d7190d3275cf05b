"""Who a member says to be."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.actions.verify_identity import Claim
from members.documents import NotADocumentNumber, document_number
from members.models import Customer
from portal.refusals import words_for

IdType = Customer.IdType
#: What a person has; a company's code is none.
DOCUMENTS = [(kind.value, kind.label) for kind in IdType if kind != IdType.USCC]


class IdentityForm(forms.Form):
    """Name and document; the phone is the member's own."""

    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        help_text=_("As on the document, rare characters too."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Please enter your name.")},
    )
    id_type = forms.ChoiceField(label=_("Document"), choices=DOCUMENTS, initial=IdType.RESIDENT_ID)
    id_no = forms.CharField(
        label=_("Document number"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Please enter the number of the document.")},
    )

    def clean(self) -> dict[str, Any]:
        """Says at the field what can be nobody's number: that costs no attempt."""
        cleaned = super().clean() or {}
        if "id_no" in cleaned and "id_type" in cleaned:
            try:
                document_number(cleaned["id_type"], cleaned["id_no"], today=timezone.localdate())
            except NotADocumentNumber as fault:
                self.add_error("id_no", words_for(fault))
        return cleaned

    def claim(self) -> Claim:
        return Claim(
            name=self.cleaned_data["name"],
            id_type=IdType(self.cleaned_data["id_type"]),
            id_no=self.cleaned_data["id_no"],
        )
