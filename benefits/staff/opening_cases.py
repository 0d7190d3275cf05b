"""The hotline opens a case for a customer on the phone: also those that the terms leave to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.generic import FormView

from benefits.actions import open_case as opening
from benefits.actions.open_case import LONGEST_TEXT, open_case
from benefits.document_field import DocumentsField
from benefits.models import Case, FamilyGuest, Service
from benefits.queries.cases import cities_of_kind, usable_today
from benefits.queries.entitlements import Benefit
from benefits.refusals import FamilyQuotaUsedUp, GuestNotListed, NotForFamily
from benefits.refusals.base import BenefitRefused
from benefits.refusals.case import CityNotCovered, DocumentNeeded, NothingWritten, TooLong
from benefits.refusals.document import DocumentRefused
from benefits.staff.of_customer import SEE, OfCustomer
from benefits.staff.wording import count, obstacle_name
from members.actions.serve_member import AccountOfStaff, OwnAccount
from members.models import Customer, Member
from members.staff.member_act import REFUSALS

OPEN = f"benefits.{opening.OPEN}"
EXPLANATION = _(
    "Write down what the customer asks for, as they say it. The case goes to the partner with the fewest open ones, in "
    "the city if any is there; one of the benefit is set aside at once. The customer finds the case in their account "
    "and goes on with the partner there. Once it is open, what is said in it is shown to these two only. Whatever "
    "stands in the way is worded as the customer would read it: read it out."
)
#: Where on the form a refusal is said.
FIELDS: Mapping[type[BenefitRefused], str] = {
    CityNotCovered: "city",
    DocumentNeeded: "files",
    DocumentRefused: "files",
    GuestNotListed: "guest",
    NotForFamily: "guest",
    FamilyQuotaUsedUp: "guest",
    NothingWritten: "text",
    TooLong: "text",
}


@dataclass(frozen=True)
class Offer:
    """What a case can be opened for. `obstacle`: why not now, in words. `by_hotline`: only by us."""

    service: Service
    left: str
    by_hotline: bool
    obstacle: str


def offers(given: list[Benefit]) -> list[Offer]:
    return [
        Offer(
            benefit.service,
            left=count(benefit.left),
            by_hotline=any(share.terms.by_hotline for share in benefit.open_shares),
            obstacle=obstacle_name(benefit.obstacle) if benefit.obstacle else "",
        )
        for benefit in given
        if benefit.service.mode == Service.Mode.CASE
    ]


class GuestField(forms.ModelChoiceField):
    def label_from_instance(self, guest: FamilyGuest) -> str:
        return f"{guest.name} ({guest.get_relation_display()})"


class CaseForm(forms.Form):
    """`key` makes a form that is sent twice one case. For whom and where are asked only where there is a choice."""

    field_order = ("guest", "city", "text", "files")
    key = forms.CharField(max_length=100, widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("What is asked for?"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("In the customer's words. The partner reads it, and so does the customer."),
    )

    def __init__(self, *args: Any, customer: Customer, service: Service, document: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        family: QuerySet[FamilyGuest] = customer.family_guests.listed()
        if family.exists():
            self.fields["guest"] = GuestField(
                label=_("Who needs it?"), queryset=family, required=False, empty_label=_("the customer")
            )
        if cities := cities_of_kind(service):
            self.fields["city"] = forms.ChoiceField(
                label=_("In which city?"),
                choices=[("", _("anywhere")), *((city, city) for city in cities)],
                required=False,
            )
        self.fields["files"] = DocumentsField(label=document or _("Documents"), required=False)
        self.order_fields(self.field_order)


@method_decorator(never_cache, name="dispatch")
class OpenCaseView(OfCustomer, FormView):
    permission_required = (SEE, OPEN)
    form_class = CaseForm
    page_title = _("Open a case")
    template_name = "members/staff/member_act.html"
    header_icon = "comment"
    service: Service
    account: Member

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if self.has_permission():
            self.service = get_object_or_404(Service, code=kwargs["service_code"], mode=Service.Mode.CASE)
            self.account = get_object_or_404(Member, customer=kwargs["pk"], is_active=True)
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        return f"{self.service.name} · {self.customer}"

    def below(self) -> list[dict[str, Any]]:
        # What stands last stands as the page's heading.
        return [{"url": self.file_url, "label": str(self.customer)}, *super().below()]

    def get_initial(self) -> dict[str, Any]:
        return {"key": uuid4().hex}

    def get_form_kwargs(self) -> dict[str, Any]:
        entitlement = usable_today(self.account, self.service)
        document = entitlement.allowance.document if entitlement else ""
        return {**super().get_form_kwargs(), "customer": self.customer, "service": self.service, "document": document}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            explanation=EXPLANATION,
            button=_("Open the case"),
            file_url=self.file_url,
            back=_("Back to the entitlements"),
            **kwargs,
        )

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            case = self.opened(**form.cleaned_data)
        except (OwnAccount, AccountOfStaff) as refusal:
            form.add_error(None, str(REFUSALS[type(refusal)][1]))
            return self.form_invalid(form)
        except BenefitRefused as refusal:
            field = next((FIELDS[kind] for kind in type(refusal).__mro__ if kind in FIELDS), None)
            form.add_error(field, str(refusal))
            return self.form_invalid(form)
        said = {"provider": case.provider.name}
        messages.success(self.request, _now("Open: %(provider)s is told, and the customer sees it.") % said)
        return redirect(reverse("benefit_cases:inspect", args=[case.pk]))

    def opened(self, *, guest: FamilyGuest | None = None, **asked: Any) -> Case:
        return open_case(
            member=self.account,
            service_code=self.service.code,
            guest_id=guest.pk if guest else None,
            agent=cast(Member, self.request.user),
            **asked,
        )
