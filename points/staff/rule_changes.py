"""Drafts and proposals of rules: listed, compared with what holds, tried, and decided by a second person."""

from typing import Any, cast

import django_filters
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.permissions import register_permission_policy

from members.models import Member
from members.staff.permissions import OnlyActions
from members.staff.remarks import remark_of
from members.staff.showing import ShowingViewSet
from points.actions.decide_rule_change import DECIDE, decide_rule_change
from points.actions.draft_rule_change import DRAFT, propose_rule_change, withdraw_rule_change
from points.actions.simulate_rule import SIMULATE
from points.earning.wording import lines
from points.models import RuleChange
from points.staff import rule_drafting, simulations
from points.staff.proposals import REFUSALS, ProposalPage, in_words

register_permission_policy(RuleChange, OnlyActions(RuleChange, actions={"view", "add"}))


class RuleChangeFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(label=_("State"), choices=RuleChange.State.choices, empty_label=_("All"))

    class Meta:
        model = RuleChange
        fields = ["state"]


class RuleChangeIndex(generic.IndexView):
    any_permission_required = ("view",)
    page_title = _("Drafts and changes of rules")

    def get_base_queryset(self) -> QuerySet[RuleChange]:
        return RuleChange.objects.select_related("drafted_by", "decided_by")


class RuleChangePage(ProposalPage):
    template_name = "points/staff/rule_change.html"
    page_title = _("Draft of a rule")
    addresses, draft, decide = "rule_changes", DRAFT, DECIDE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        change: RuleChange = self.object
        user = self.request.user
        before = RuleChange(**RuleChange.restored(change.replaces)) if change.replaces else None
        return super().get_context_data(
            change=change,
            lines=lines(change, before),
            is_new=before is None,
            may_simulate=user.has_perm(SIMULATE),
            simulations=change.simulations.select_related("asked_by").order_by("-pk")[:5],
            days_form=simulations.DaysForm(),
            **kwargs,
        )


@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Proposes, withdraws, approves or rejects; the button says which."""
    by = cast(Member, request.user)
    try:
        if "propose" in request.POST:
            propose_rule_change(change_id=pk, by=by)
            messages.success(request, _now("Proposed. It holds as soon as a second person approves it."))
        elif "withdraw" in request.POST:
            withdraw_rule_change(change_id=pk, by=by)
            messages.success(request, _now("Withdrawn."))
        else:
            approve = "approve" in request.POST
            decide_rule_change(change_id=pk, approve=approve, by=by, remark=remark_of(request))
            messages.success(request, _now("The rule holds from now on.") if approve else _now("Rejected."))
    except RuleChange.DoesNotExist:
        return redirect("rule_changes:index")
    except REFUSALS as refusal:
        messages.error(request, in_words(refusal))
    return redirect("rule_changes:inspect", pk)


class RuleChangeViewSet(ShowingViewSet):
    model = RuleChange
    adds = True
    name = "rule_changes"
    url_prefix = "points/rule-changes"
    icon = "clipboard-list"
    menu_label = _("Drafts and changes")
    menu_name = "rule-changes"
    index_view_class, inspect_view_class = RuleChangeIndex, RuleChangePage
    inspect_template_name = RuleChangePage.template_name
    filterset_class = RuleChangeFilterSet
    ordering = ("-pk",)
    list_display = (
        TitleColumn("name", label=_("Rule"), accessor="name", url_name="rule_changes:inspect"),
        Column("code", label=_("Code")),
        Column("state", label=_("State"), accessor="get_state_display", sort_key="state"),
        Column("drafted_by", label=_("Drafted by"), accessor="drafted_by.name"),
        DateColumn("drafted_at", label=_("Drafted at")),
        Column("decided_by", label=_("Decided by"), accessor=lambda c: c.decided_by.name if c.decided_by else "—"),
        DateColumn("decided_at", label=_("Decided at")),
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("new/", rule_drafting.NewRulePage.as_view(), name="add"),
            path("rule/<int:pk>/", rule_drafting.ChangeRulePage.as_view(), name="change"),
            path("<int:pk>/revise/", rule_drafting.RevisePage.as_view(), name="revise"),
            path("<int:pk>/act/", act, name="act"),
            path("<int:pk>/simulate/", simulations.simulate, name="simulate"),
            path("simulations/<int:pk>/", simulations.SimulationPage.as_view(), name="simulation"),
            path("simulations/<int:pk>/progress/", simulations.ProgressPart.as_view(), name="simulation_progress"),
        ]
