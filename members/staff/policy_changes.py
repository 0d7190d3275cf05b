"""Proposed terms: listed, compared with those in force, and decided by a second person."""

from typing import Any, cast

import django_filters
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.permissions import register_permission_policy

from members.actions.decide_policy_change import (
    DECIDE,
    AlreadyDecided,
    NoReasonGiven,
    SamePerson,
    decide_policy_change,
)
from members.actions.propose_policy_change import WeakerThanFloor
from members.assurance.terms import Terms
from members.models import Member, PolicyChange
from members.staff.permissions import OnlyActions
from members.staff.remarks import NO_REASON_GIVEN, RemarkForm, remark_of
from members.staff.showing import ShowingInspectView, ShowingViewSet
from members.staff.terms_wording import amount, lines, name_of

register_permission_policy(PolicyChange, OnlyActions(PolicyChange, actions={"view"}))
DECISIONS = [("open", _("waits for a second person")), *PolicyChange.Decision.choices]


class PolicyChangeFilterSet(WagtailFilterSet):
    decision = django_filters.ChoiceFilter(
        label=_("Decision"), choices=DECISIONS, empty_label=_("All"), method="decided"
    )

    class Meta:
        model = PolicyChange
        fields = ["decision"]

    def decided(self, queryset: QuerySet[PolicyChange], name: str, value: str) -> QuerySet[PolicyChange]:
        return queryset.filter(decision="" if value == "open" else value)


class PolicyChangeIndex(generic.IndexView):
    any_permission_required = ("view",)
    page_title = _("Proposed terms")

    def get_base_queryset(self) -> QuerySet[PolicyChange]:
        return PolicyChange.objects.select_related("proposed_by", "decided_by")


def decision_of(change: PolicyChange) -> str:
    return str(change.get_decision_display() or DECISIONS[0][1])


class PolicyChangePage(ShowingInspectView):
    template_name = "members/staff/policy_change.html"
    page_title = _("Proposed terms")

    def get_page_subtitle(self) -> str:
        return name_of(self.object.action)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        change: PolicyChange = self.object
        user, is_open = self.request.user, not change.decision
        return super().get_context_data(
            change=change,
            decision=decision_of(change),
            lines=lines(Terms.of_model(change), Terms.of_row(change.replaces)),
            is_open=is_open,
            may_decide=is_open and user.has_perm(DECIDE) and user != change.proposed_by,
            is_own=is_open and user == change.proposed_by,
            form=RemarkForm(),
            **kwargs,
        )


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approves or rejects; the button says which."""
    here = redirect(reverse("policy_changes:inspect", args=[pk]))
    approve = "approve" in request.POST
    try:
        decide_policy_change(change_id=pk, approve=approve, by=cast(Member, request.user), remark=remark_of(request))
    except PolicyChange.DoesNotExist:
        return redirect(reverse("policy_changes:index"))
    except AlreadyDecided as refusal:
        said = {"who": refusal.change.decided_by, "decision": refusal.change.get_decision_display()}
        messages.error(request, _now("%(who)s was faster; the decision is: %(decision)s.") % said)
    except SamePerson:
        messages.error(request, _now("You proposed this yourself. Ask somebody else to decide."))
    except NoReasonGiven:
        messages.error(request, NO_REASON_GIVEN)
    except WeakerThanFloor:
        messages.error(request, _now("The platform has been given stricter rules since. Reject this and propose anew."))
    else:
        messages.success(request, _now("These terms hold from now on.") if approve else _now("Rejected."))
    return here


class PolicyChangeViewSet(ShowingViewSet):
    model = PolicyChange
    name = "policy_changes"
    url_prefix = "policy-changes"
    icon = "clipboard-list"
    menu_label = _("Proposed terms")
    menu_name = "policy-changes"
    index_view_class, inspect_view_class = PolicyChangeIndex, PolicyChangePage
    inspect_template_name = PolicyChangePage.template_name
    filterset_class = PolicyChangeFilterSet
    # The open ones first: an empty decision sorts before the others.
    ordering = ("decision", "-pk")
    list_display = (
        TitleColumn(
            "action",
            label=_("Action"),
            accessor=lambda change: name_of(change.action),
            url_name="policy_changes:inspect",
        ),
        Column("amount_from", label=_("For"), accessor=lambda change: amount(change.amount_from)),
        Column("decision", label=_("Decision"), accessor=decision_of),
        Column("proposed_by", label=_("Proposed by"), accessor="proposed_by.name"),
        DateColumn("proposed_at", label=_("Proposed at")),
        Column("decided_by", label=_("Decided by"), accessor=lambda c: c.decided_by.name if c.decided_by else "—"),
        DateColumn("decided_at", label=_("Decided at")),
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        return [*super().get_urlpatterns(), path("<int:pk>/decide/", decide, name="decide")]
