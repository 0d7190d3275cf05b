"""Whom a member puts on the family list."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from benefits.models import FamilyGuest
from members.documents import NotADocumentNumber, document_number
from members.models import Customer
from portal.refusals import words_for

LONGEST_NAME = 50


class GuestForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        help_text=_("As on the document, rare characters too."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Please enter the name.")},
    )
    relation = forms.ChoiceField(
        label=_("Who is it?"),
        choices=FamilyGuest.Relation.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose who it is.")},
    )
    id_no = forms.CharField(
        label=_("Resident ID number"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Please enter the number of the resident ID.")},
    )
    birth_date = forms.DateField(
        label=_("Birth date"),
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d"),
        error_messages={"required": _("Please enter the birth date.")},
    )
    knows = forms.BooleanField(
        label=_("They know that I enter this, so that visits can be booked for them, and agree to it."),
        error_messages={"required": _("Please ask them first; for a child under 14 you decide as the parent.")},
    )

    def clean_id_no(self) -> str:
        """In its normal form. Says at the field what can be nobody's number."""
        try:
            return document_number(Customer.IdType.RESIDENT_ID, self.cleaned_data["id_no"], today=timezone.localdate())
        except NotADocumentNumber as fault:
            raise forms.ValidationError(words_for(fault)) from fault

    def guest(self) -> dict[str, Any]:
        """Of a valid form, what the action asks for."""
        return {name: self.cleaned_data[name] for name in ("name", "relation", "id_no", "birth_date")}
