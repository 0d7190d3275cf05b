"""Customers' VIP tiers: found by what the customer says, and explained, for an agent on the phone."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.log_actions import log

from benefits.models import TierPeriod
from benefits.queries.tiers import explain_tier, policies_behind, tier_history
from benefits.staff.tier_wording import tier_name
from members.models import Customer, Member, Policy
from members.staff.finding import FindingIndexView, people_matching
from members.staff.member_file import Act
from members.staff.permissions import OnlyActions, shown_to
from members.staff.showing import ShowingViewSet

SEE = "benefits.view_tierperiod"
POLICY = OnlyActions(TierPeriod, actions={"view"})
#: Of the history, which grows by a few lines a year.
ASSESSMENTS_SHOWN = 50


def member_acts(request: HttpRequest, member: Member) -> list[Act]:
    """What the member's file offers of ours."""
    if not member.customer_id or not request.user.has_perm(SEE):
        return []
    return [Act(_("VIP tier"), reverse("customer_tiers:customer", args=[member.customer_id]))]


class TierIndex(FindingIndexView):
    """Those who have a tier; whoever is looked for is found without one, too."""

    permission_policy = POLICY
    page_title = _("Customers' VIP tiers")
    find_help = _("Customer number, name, or whole mobile number")

    def get_base_queryset(self) -> QuerySet[Any]:
        running = TierPeriod.objects.filter(customer=OuterRef("pk"), ended_on=None)
        customers = Customer.objects.annotate(
            **{name: Subquery(running.values(name)) for name in ("tier", "starts_on", "valid_to", "buffer_to")}
        )
        return customers if self.wanted else customers.filter(Exists(running))

    def matching(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        return queryset.filter(people_matching(text))


@method_decorator(never_cache, name="dispatch")
class CustomerTierPage(PermissionRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    """Who looked is on record."""

    permission_required = SEE
    page_title = _("VIP tier")
    header_icon = "pick"
    template_name = "benefits/staff/customer_tier.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.customer = get_object_or_404(Customer, pk=kwargs["pk"])
        log(instance=self.customer, action="benefits.read_tier", user=request.user)
        return super().get(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        return str(self.customer)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        index = {"url": reverse("customer_tiers:index"), "label": TierIndex.page_title}
        return [*super().get_breadcrumbs_items(), index, {"url": "", "label": self.get_page_subtitle()}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        history = tier_history(self.customer.pk)[:ASSESSMENTS_SHOWN]
        policies = policies_behind(history)
        return super().get_context_data(
            customer=self.customer,
            found=explain_tier(self.customer.pk, on=timezone.localdate()),
            history=[
                (
                    each,
                    tier_name(each.before),
                    tier_name(each.after),
                    [counted(policies, share) for share in each.policies],
                )
                for each in history
            ],
            **kwargs,
        )


def day(value: date | None) -> str:
    """Not how long ago: a day to come is what is asked about."""
    return value.isoformat() if value else "—"


def counted(policies: dict[int, Policy], share: dict[str, Any]) -> dict[str, Any]:
    """What an assessment keeps of a policy (`TierAssessment.policies`), as the page shows it."""
    figures = {name: Decimal(share[name]) for name in ("annual", "factor", "gives")}
    return {"policy": policies[share["policy"]].policy_no, **figures}


class CustomerTierViewSet(ShowingViewSet):
    model = Customer
    name = "customer_tiers"
    url_prefix = "benefits/tiers"
    icon = "pick"
    menu_label = _("Customers' tiers")
    menu_name = "customer-tiers"
    menu_item_class = shown_to(SEE)
    index_view_class = TierIndex
    inspect_view_enabled = False
    ordering = ("customer_no",)
    list_display = (
        TitleColumn("name", label=_("Name"), accessor="name", url_name="customer_tiers:customer"),
        Column("customer_no", label=_("Customer number")),
        Column("tier", label=_("VIP tier"), accessor=lambda customer: tier_name(customer.tier or "")),
        Column("starts_on", label=_("Since"), accessor=lambda customer: day(customer.starts_on)),
        Column("valid_to", label=_("Valid to"), accessor=lambda customer: day(customer.valid_to)),
        Column("buffer_to", label=_("Kept until"), accessor=lambda customer: day(customer.buffer_to)),
    )

    def register_admin_url_finder(self) -> None:
        """Where a customer is found is for the package below to say."""

    def get_urlpatterns(self) -> list[URLPattern]:
        return [*super().get_urlpatterns(), path("<int:pk>/", CustomerTierPage.as_view(), name="customer")]
