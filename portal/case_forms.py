"""What a member writes when asking for help, and afterwards."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from benefits.actions.open_case import LONGEST_TEXT
from benefits.actions.rate_visit import LONGEST_WORDS
from benefits.document_field import DocumentsField
from benefits.models import Entitlement, Service
from benefits.queries.cases import cities_of_kind
from members.models import Member
from portal.booking_words import RATINGS

MYSELF = ""


class CaseForm(forms.Form):
    """`key`: pressed twice, it is one case. For whom and where are asked only where there is a choice."""

    field_order = ("guest", "city", "text", "documents")
    key = forms.CharField(max_length=100, widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("What do you need help with?"),
        max_length=LONGEST_TEXT,
        help_text=_("Only you and whoever helps you can read it."),
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Please write what you need help with.")},
    )

    def __init__(
        self, *args: Any, member: Member, service: Service, entitlement: Entitlement | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if entitlement and entitlement.family_quota:
            self.fields["guest"] = forms.ChoiceField(
                label=_("Who needs it?"), choices=guests(member, entitlement), required=False
            )
        if cities := cities_of_kind(service):
            needed = bool(entitlement and entitlement.allowance.in_covered_city)
            self.fields["city"] = forms.ChoiceField(
                label=_("In which city?"),
                choices=[("", "" if needed else _("anywhere")), *((city, city) for city in cities)],
                required=needed,
                error_messages={"required": _("Please choose a city.")},
            )
        document = entitlement.allowance.document if entitlement else ""
        self.fields["documents"] = DocumentsField(
            label=document or _("Documents"),
            required=bool(document),
            error_messages={"required": _("Please add it as a picture or PDF.")},
        )
        self.order_fields(self.field_order)

    def asked(self) -> dict[str, Any]:
        """Of a valid form, as `open_case` wants it."""
        given, guest = self.cleaned_data, self.cleaned_data.get("guest")
        return {
            "text": given["text"],
            "key": given["key"],
            "city": given.get("city", ""),
            "guest_id": int(guest) if guest else None,
            "files": given["documents"],
        }


def guests(member: Member, entitlement: Entitlement) -> list[tuple[str, Any]]:
    assert member.customer
    listed = member.customer.family_guests.filter(removed_at=None, relation__in=entitlement.allowance.family_relations)
    return [(MYSELF, _("Myself")), *((str(each.pk), f"{each.name} · {each.get_relation_display()}") for each in listed)]


class AnswerForm(forms.Form):
    key = forms.CharField(max_length=100, widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Your message"), required=False, max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 3})
    )
    documents = DocumentsField(label=_("Documents"), required=False)


class RatingForm(forms.Form):
    rating = forms.TypedChoiceField(
        label=_("How was it?"),
        coerce=int,
        choices=RATINGS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose one.")},
    )
    words = forms.CharField(
        label=_("In your words"), required=False, max_length=LONGEST_WORDS, widget=forms.Textarea(attrs={"rows": 2})
    )
