"""Quota given by hand: listed, and decided by a second person."""

from typing import Any, cast

import django_filters
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.permissions import register_permission_policy

from benefits.actions import grant_quota
from benefits.actions.grant_quota import GrantDecided, decide_grant
from benefits.models import QuotaGrant
from benefits.refusals import BenefitRefused
from members.actions.decide_policy_change import SamePerson
from members.actions.serve_member import AccountOfStaff, OwnAccount
from members.models import Member
from members.staff.home import Waiting
from members.staff.member_act import REFUSALS
from members.staff.permissions import OnlyActions
from members.staff.showing import ShowingInspectView, ShowingViewSet

register_permission_policy(QuotaGrant, OnlyActions(QuotaGrant, actions={"view"}))
DECIDE = f"benefits.{grant_quota.DECIDE}"
STATES = {
    "waiting": _("waits for a second person"),
    "approved": _("approved"),
    "refused": _("rejected"),
}
AT = "quota_grants:inspect"


def state_of(grant: QuotaGrant) -> str:
    if grant.waits:
        return str(STATES["waiting"])
    return str(STATES["approved" if grant.approved else "refused"])


def grants_waiting(request: HttpRequest) -> list[Waiting]:
    """Those that this person may decide about."""
    if not request.user.has_perm(DECIDE):
        return []
    by = cast(Member, request.user)
    others = QuotaGrant.objects.waiting().exclude(proposed_by=by)
    if by.customer_id:
        others = others.exclude(customer=by.customer_id)
    return [
        Waiting(
            others.count(),
            _("Proposed grants of benefits"),
            _("A colleague wants to give a customer more of a service. Read why, then approve or reject."),
            f"{reverse('quota_grants:index')}?state=waiting",
        )
    ]


class GrantFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=list(STATES.items()), empty_label=_("All"), method="that_are"
    )
    reason = django_filters.ChoiceFilter(label=_("Reason"), choices=QuotaGrant.Reason.choices, empty_label=_("All"))

    class Meta:
        model = QuotaGrant
        fields = ["state", "reason"]

    def that_are(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(approved={"waiting": None, "approved": True, "refused": False}[value])


class GrantIndex(generic.IndexView):
    any_permission_required = ("view",)
    page_title = _("Grants")

    def get_base_queryset(self) -> QuerySet[QuotaGrant]:
        return QuotaGrant.objects.select_related("customer", "service", "proposed_by", "decided_by").defer("note")


@method_decorator(never_cache, name="dispatch")
class GrantPage(ShowingInspectView):
    template_name = "benefits/staff/grant.html"
    page_title = _("Grant")

    def get_page_subtitle(self) -> str:
        return f"{self.object.service.name} +{self.object.quota}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        grant: QuotaGrant = self.object
        user = self.request.user
        return super().get_context_data(
            grant=grant,
            state=state_of(grant),
            is_own=grant.waits and grant.proposed_by == user,
            may_decide=grant.waits and user.has_perm(DECIDE) and user != grant.proposed_by,
            **kwargs,
        )


def words(refusal: Exception) -> str:
    """Of whatever kept a grant from being decided."""
    if isinstance(refusal, GrantDecided):
        said = {"who": refusal.grant.decided_by, "decision": state_of(refusal.grant)}
        return _now("%(who)s was faster; the decision is: %(decision)s.") % said
    if isinstance(refusal, BenefitRefused):
        return _now("Not given: %(why)s") % {"why": refusal}
    return str(REFUSALS[type(refusal)][1])


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approves or rejects; the button says which."""
    approve = "approve" in request.POST
    try:
        decide_grant(grant_id=pk, approve=approve, by=cast(Member, request.user))
    except QuotaGrant.DoesNotExist:
        return redirect(reverse("quota_grants:index"))
    except (GrantDecided, SamePerson, OwnAccount, AccountOfStaff, BenefitRefused) as refusal:
        messages.error(request, words(refusal))
    else:
        messages.success(request, _now("Given. The customer is told.") if approve else _now("Rejected."))
    return redirect(reverse(AT, args=[pk]))


class GrantViewSet(ShowingViewSet):
    model = QuotaGrant
    name = "quota_grants"
    url_prefix = "benefits/grants"
    icon = "clipboard-list"
    menu_label = _("Grants")
    menu_name = "quota-grants"
    index_view_class, inspect_view_class = GrantIndex, GrantPage
    inspect_template_name = GrantPage.template_name
    filterset_class = GrantFilterSet
    ordering = ("-pk",)
    list_display = (
        TitleColumn("customer", label=_("Customer"), accessor="customer", url_name=AT),
        Column("service", label=_("Service"), accessor="service.name"),
        Column("quota", label=_("How many")),
        Column("reason", label=_("Reason"), accessor="get_reason_display"),
        Column("approved", label=_("State"), accessor=state_of),
        Column("proposed_by", label=_("Proposed by"), accessor="proposed_by.name"),
        DateColumn("proposed_at", label=_("Proposed at")),
        Column("decided_by", label=_("Decided by"), accessor=lambda g: g.decided_by.name if g.decided_by else "—"),
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        return [*super().get_urlpatterns(), path("<int:pk>/decide/", decide, name="decide")]
