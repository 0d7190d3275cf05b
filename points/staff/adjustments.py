"""Adjustments of points: listed, decided by a second person, and taken back by two."""

from typing import Any, cast

import django_filters
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
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

from members.actions.decide_policy_change import SamePerson
from members.actions.serve_member import AccountOfStaff, OwnAccount
from members.models import Member
from members.queries import kept_account
from members.staff.home import Waiting
from members.staff.member_act import REFUSALS
from members.staff.permissions import OnlyActions
from members.staff.showing import ShowingInspectView, ShowingViewSet
from members.templatetags.figures import signed
from points.actions.adjust_points import (
    AdjustmentDecided,
    AlreadyTakenBack,
    decide_adjustment,
    propose_taking_back,
)
from points.models import PointAdjustment
from points.queries import balance_of
from points.refusals import LedgerRefusal
from points.staff.adjusting import DECIDE, PROPOSE, NoteForm, called

register_permission_policy(PointAdjustment, OnlyActions(PointAdjustment, actions={"view"}))
STATES = {
    "waiting": _("waits for a second person"),
    "alone": _("booked by one person"),
    "approved": _("approved"),
    "refused": _("rejected"),
}
AT = "points_adjustments:inspect"


def state_of(adjustment: PointAdjustment) -> str:
    if adjustment.approved is None:
        return str(STATES["waiting" if adjustment.waits else "alone"])
    return str(STATES["approved" if adjustment.approved else "refused"])


def adjustments_waiting(request: HttpRequest) -> list[Waiting]:
    """Those that this person may decide about."""
    if not request.user.has_perm(DECIDE):
        return []
    others = PointAdjustment.objects.waiting().exclude(proposed_by=request.user.pk).exclude(member=request.user.pk)
    return [
        Waiting(
            others.count(),
            _("Proposed adjustments of points"),
            _("A colleague wants to give or take more points than one person may. Read why, then approve or reject."),
            f"{reverse('points_adjustments:index')}?state=waiting",
        )
    ]


class AdjustmentFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=list(STATES.items()), empty_label=_("All"), method="that_are"
    )
    reason = django_filters.ChoiceFilter(
        label=_("Reason"), choices=PointAdjustment.Reason.choices, empty_label=_("All")
    )

    class Meta:
        model = PointAdjustment
        fields = ["state", "reason"]

    def that_are(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if value == "waiting":
            return queryset.filter(approved=None, posting=None)
        if value == "alone":
            return queryset.filter(approved=None, posting__isnull=False)
        return queryset.filter(approved=value == "approved")


class AdjustmentIndex(generic.IndexView):
    any_permission_required = ("view",)
    page_title = _("Adjustments")

    def get_base_queryset(self) -> QuerySet[PointAdjustment]:
        return PointAdjustment.objects.select_related("member", "proposed_by", "decided_by").defer("note")


@method_decorator(never_cache, name="dispatch")
class AdjustmentPage(ShowingInspectView):
    template_name = "points/staff/adjustment.html"
    page_title = _("Adjustment")

    def get_page_subtitle(self) -> str:
        return f"{called(self.object.member)} {signed(self.object.points)}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        adjustment: PointAdjustment = self.object
        user = self.request.user
        return super().get_context_data(
            adjustment=adjustment,
            called=called(adjustment.member),
            signed=signed(adjustment.points),
            balance=balance_of(kept_account(adjustment.member_id)) if adjustment.waits else None,
            state=state_of(adjustment),
            is_own=adjustment.waits and adjustment.proposed_by == user,
            may_decide=adjustment.waits and user.has_perm(DECIDE) and user != adjustment.proposed_by,
            may_take_back=user.has_perm(PROPOSE) and can_be_taken_back(adjustment),
            taken_back_by=adjustment.taken_back_by.exclude(approved=False).first(),
            form=NoteForm(),
            **kwargs,
        )


def can_be_taken_back(adjustment: PointAdjustment) -> bool:
    given = adjustment.points > 0 and adjustment.posting_id is not None
    return given and not adjustment.taken_back_by.exclude(approved=False).exists()


def words(refusal: Exception) -> str:
    """Of whatever kept an adjustment from being decided or proposed."""
    if isinstance(refusal, AdjustmentDecided):
        said = {"who": refusal.adjustment.decided_by, "decision": state_of(refusal.adjustment)}
        return _now("%(who)s was faster; the decision is: %(decision)s.") % said
    if isinstance(refusal, AlreadyTakenBack):
        return _now("It was taken back before, or somebody has proposed to.")
    if isinstance(refusal, LedgerRefusal):
        return _now("Not booked: %(why)s") % {"why": refusal}
    return str(REFUSALS[type(refusal)][1])


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approves or rejects; the button says which."""
    approve = "approve" in request.POST
    try:
        decide_adjustment(adjustment_id=pk, approve=approve, by=cast(Member, request.user))
    except PointAdjustment.DoesNotExist:
        return redirect(reverse("points_adjustments:index"))
    except (AdjustmentDecided, SamePerson, OwnAccount, AccountOfStaff, LedgerRefusal) as refusal:
        messages.error(request, words(refusal))
    else:
        messages.success(request, _now("Booked.") if approve else _now("Rejected."))
    return redirect(reverse(AT, args=[pk]))


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Proposes to take back what was given."""
    if not request.user.has_perm(PROPOSE):
        return redirect(reverse("wagtailadmin_home"))
    get_object_or_404(PointAdjustment, pk=pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        messages.error(request, _now("Say in a note why it is to be taken back."))
        return redirect(reverse(AT, args=[pk]))
    try:
        proposed = propose_taking_back(adjustment_id=pk, by=cast(Member, request.user), **form.cleaned_data)
    except (AlreadyTakenBack, OwnAccount, AccountOfStaff, LedgerRefusal) as refusal:
        messages.error(request, words(refusal))
        return redirect(reverse(AT, args=[pk]))
    messages.warning(request, _now("Not booked yet: a second person has to agree. They see it listed."))
    return redirect(reverse(AT, args=[proposed.pk]))


class AdjustmentViewSet(ShowingViewSet):
    model = PointAdjustment
    name = "points_adjustments"
    url_prefix = "points/adjustments"
    icon = "clipboard-list"
    menu_label = _("Adjustments")
    menu_name = "points-adjustments"
    index_view_class, inspect_view_class = AdjustmentIndex, AdjustmentPage
    inspect_template_name = AdjustmentPage.template_name
    filterset_class = AdjustmentFilterSet
    ordering = ("-pk",)
    list_display = (
        TitleColumn("member", label=_("Member"), accessor=lambda a: called(a.member), url_name=AT),
        Column("points", label=_("Points"), accessor=lambda adjustment: signed(adjustment.points)),
        Column("reason", label=_("Reason"), accessor="get_reason_display"),
        Column("approved", label=_("State"), accessor=state_of),
        Column("proposed_by", label=_("Proposed by"), accessor="proposed_by.name"),
        DateColumn("proposed_at", label=_("Proposed at")),
        Column("decided_by", label=_("Decided by"), accessor=lambda a: a.decided_by.name if a.decided_by else "—"),
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("<int:pk>/decide/", decide, name="decide"),
            path("<int:pk>/take-back/", take_back, name="take-back"),
        ]
