"""Customers' entitlements: found by what the customer says, for an agent on the phone; and more of one by hand."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.generic import FormView, TemplateView
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.log_actions import log

from benefits.actions import grant_quota
from benefits.actions.grant_quota import MOST, grantable_services, propose_grant
from benefits.models import Entitlement, QuotaGrant
from benefits.queries.entitlements import benefits_of
from benefits.refusals import BenefitRefused, GrantTimeWrong, GrantTooLarge, NotGrantable
from benefits.staff.cases import stands
from benefits.staff.of_customer import SEE, OfCustomer
from benefits.staff.opening_cases import OPEN, OpenCaseView, offers
from benefits.staff.wording import count, obstacle_name, source_name
from members.actions.serve_member import AccountOfStaff, OwnAccount
from members.models import Customer, Member
from members.staff.finding import FindingIndexView, people_matching
from members.staff.member_act import REFUSALS
from members.staff.member_file import Act
from members.staff.permissions import OnlyActions, shown_to
from members.staff.showing import ShowingViewSet

PROPOSE = f"benefits.{grant_quota.PROPOSE}"
POLICY = OnlyActions(Entitlement, actions={"view"})
NOTE_LENGTH = 1000


def member_acts(request: HttpRequest, member: Member) -> list[Act]:
    """What the member's file offers of ours."""
    if not member.customer_id or not request.user.has_perm(SEE):
        return []
    return [Act(_("Entitlements"), reverse("customer_entitlements:customer", args=[member.customer_id]))]


class EntitledIndex(FindingIndexView):
    """Those who have any; whoever is looked for is found without one, too."""

    permission_policy = POLICY
    page_title = _("Customers' entitlements")
    find_help = _("Customer number, name, or whole mobile number")

    def get_base_queryset(self) -> QuerySet[Any]:
        mine = Entitlement.objects.usable(on=timezone.localdate()).filter(customer=OuterRef("pk"))
        people = Customer.objects.filter(kind=Customer.Kind.INDIVIDUAL)
        return people if self.wanted else people.filter(Exists(mine))

    def matching(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        return queryset.filter(people_matching(text))


@method_decorator(never_cache, name="dispatch")
class CustomerEntitlementsPage(OfCustomer, TemplateView):
    """Who looked is on record."""

    permission_required = SEE
    page_title = _("Entitlements")
    template_name = "benefits/staff/customer_entitlements.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        log(instance=self.customer, action="benefits.read_entitlements", user=request.user)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        open_cases = self.customer.benefit_cases.open().select_related("entitlement__service", "provider")
        given = benefits_of(self.customer.pk, on=timezone.localdate())
        return super().get_context_data(
            customer=self.customer,
            lines=[
                (benefit.service, share, source_name(share), count(share.quota), obstacle_name(share))
                for benefit in given
                for share in benefit.shares
            ],
            family=self.customer.family_guests.listed(),
            offers=offers(given) if user.has_perm(OPEN) else [],
            has_account=Member.objects.filter(customer=self.customer, is_active=True).exists(),
            open_cases=[(case, stands(case)) for case in open_cases],
            grants=self.customer.quota_grants.select_related("service", "proposed_by").order_by("-pk"),
            may_see_grants=user.has_perm("benefits.view_quotagrant"),
            may_grant=user.has_perm(PROPOSE),
            **kwargs,
        )


class GrantForm(forms.Form):
    """`request_id` makes a form that is sent twice one proposal."""

    service = forms.ModelChoiceField(label=_("Service"), queryset=grantable_services().none())
    quota = forms.IntegerField(label=_("How many more?"), min_value=1, max_value=MOST, initial=1)
    starts_on = forms.DateField(label=_("To be used from"), widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(label=_("To be used until"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.ChoiceField(label=_("Reason"), choices=[("", "—"), *QuotaGrant.Reason.choices])
    note = forms.CharField(
        label=_("Note"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What happened, and where it can be looked up. Kept encrypted; the member may ask for a copy."),
    )
    request_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service"].queryset = grantable_services()  # type: ignore[attr-defined]


class GrantView(OfCustomer, FormView):
    permission_required = (SEE, PROPOSE)
    form_class = GrantForm
    page_title = _("Give more")
    template_name = "members/staff/member_act.html"
    #: Where on the form a refusal is said.
    fields = {GrantTimeWrong: "ends_on", GrantTooLarge: "quota", NotGrantable: "service"}

    def below(self) -> list[dict[str, Any]]:
        file = {"url": self.file_url, "label": self.get_page_subtitle()}
        return [file, {"url": "", "label": self.page_title}]

    def get_initial(self) -> dict[str, Any]:
        today = timezone.localdate()
        return {"starts_on": today, "ends_on": today.replace(month=12, day=31)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            explanation=_(
                "It counts beside what tier and policies give, on the terms that the customer has for the service "
                "already. Nothing is given before a second person agrees; then the customer is told."
            ),
            button=_("Propose"),
            file_url=self.file_url,
            back=_("Back to the entitlements"),
            **kwargs,
        )

    def form_valid(self, form: forms.Form) -> HttpResponse:
        by = self.request.user
        assert isinstance(by, Member)
        try:
            grant = propose_grant(customer=self.customer, by=by, **form.cleaned_data)
        except (OwnAccount, AccountOfStaff) as refusal:
            form.add_error(None, str(REFUSALS[type(refusal)][1]))
            return self.form_invalid(form)
        except BenefitRefused as refusal:
            form.add_error(self.fields.get(type(refusal)), str(refusal))
            return self.form_invalid(form)
        messages.warning(self.request, _now("Not given yet: a second person has to agree. They see it listed."))
        return redirect(reverse("quota_grants:inspect", args=[grant.pk]))


class EntitledViewSet(ShowingViewSet):
    model = Customer
    name = "customer_entitlements"
    url_prefix = "benefits/entitlements"
    icon = "list-ul"
    menu_label = _("Customers' entitlements")
    menu_name = "customer-entitlements"
    menu_item_class = shown_to(SEE)
    index_view_class = EntitledIndex
    inspect_view_enabled = False
    ordering = ("customer_no",)
    list_display = (
        TitleColumn("name", label=_("Name"), accessor="name", url_name="customer_entitlements:customer"),
        Column("customer_no", label=_("Customer number")),
        Column("city", label=_("city")),
    )

    def register_admin_url_finder(self) -> None:
        """Where a customer is found is for the package below to say."""

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("<int:pk>/", CustomerEntitlementsPage.as_view(), name="customer"),
            path("<int:pk>/grant/", GrantView.as_view(), name="grant"),
            path("<int:pk>/cases/<slug:service_code>/", OpenCaseView.as_view(), name="case"),
        ]
