"""Disputes of lines: read, and decided by somebody of the insurer."""

from typing import Any, cast

import django_filters
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.permissions import register_permission_policy

from benefits.actions.decide_dispute import DECIDE, accept_dispute, reject_dispute
from benefits.actions.dispute_line import LONGEST_REASON
from benefits.models import LineDispute
from benefits.refusals import BenefitRefused
from members.models import Member
from members.staff.permissions import OnlyActions
from members.staff.showing import ShowingInspectView, ShowingViewSet
from members.templatetags.figures import grouped

register_permission_policy(LineDispute, OnlyActions(LineDispute, actions={"view"}))
State = LineDispute.State


class DisputeFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(label=_("State"), choices=State.choices, empty_label=_("All"))

    class Meta:
        model = LineDispute
        fields = ["state"]


class DisputeIndex(generic.IndexView):
    any_permission_required = ("view",)
    page_title = _("Disputes")

    def get_base_queryset(self) -> QuerySet[LineDispute]:
        return LineDispute.objects.select_related("line__settlement__provider", "raised_by")


class DecisionForm(forms.Form):
    """`amount` where the provider is right."""

    outcome = forms.ChoiceField(
        label=_("Is the provider right?"),
        choices=[
            (State.ACCEPTED.value, _("Yes: the line is corrected")),
            (State.REJECTED.value, _("No: the line stays as it is")),
        ],
        widget=forms.RadioSelect,
    )
    amount = forms.DecimalField(
        label=_("What would have been right, in CNY"),
        min_value=0,
        max_digits=10,
        decimal_places=2,
        required=False,
        help_text=_("The difference becomes a line of its own; 0 where nothing is to be paid."),
    )
    because = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The provider reads it. No personal data."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("outcome") == State.ACCEPTED and data.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("Say what would have been right."))
        return data


class DisputePage(ShowingInspectView):
    template_name = "benefits/staff/dispute.html"
    page_title = _("Dispute")
    #: What was sent, where it has to be put right.
    form: DecisionForm | None = None

    def get_page_subtitle(self) -> str:
        settlement = self.object.line.settlement
        return f"{settlement.provider.name} · {settlement.month:%Y-%m}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        dispute: LineDispute = self.object
        return super().get_context_data(
            dispute=dispute,
            line=dispute.line,
            use=dispute.line.booking or dispute.line.case,
            may_decide=dispute.state == State.OPEN and self.request.user.has_perm(DECIDE),
            form=self.form or DecisionForm(),
            **kwargs,
        )


class DecideView(DisputePage):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(DECIDE):
            raise PermissionDenied
        self.form = DecisionForm(request.POST)
        if not self.form.is_valid():
            return self.get(request, *args, **kwargs)
        try:
            said = self.decide(self.form.cleaned_data, cast(Member, request.user))
        except BenefitRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, said)
        return redirect("line_disputes:inspect", self.object.pk)

    def decide(self, given: dict[str, Any], by: Member) -> str:
        """Raises BenefitRefused."""
        if given["outcome"] == State.REJECTED:
            reject_dispute(dispute_id=self.object.pk, by=by, because=given["because"])
            return _now("Rejected: the line stays as it is.")
        accept_dispute(dispute_id=self.object.pk, by=by, amount=given["amount"], because=given["because"])
        return _now("Accepted: the correction is a line of its own.")


class DisputeViewSet(ShowingViewSet):
    model = LineDispute
    name = "line_disputes"
    url_prefix = "benefits/disputes"
    icon = "warning"
    menu_label = _("Disputes")
    menu_name = "line-disputes"
    index_view_class, inspect_view_class = DisputeIndex, DisputePage
    inspect_template_name = DisputePage.template_name
    filterset_class = DisputeFilterSet
    ordering = ("-raised_at",)
    list_display = (
        TitleColumn(
            "provider",
            label=_("Provider"),
            accessor=lambda dispute: dispute.line.settlement.provider.name,
            url_name="line_disputes:inspect",
        ),
        Column("month", label=_("Month"), accessor=lambda dispute: f"{dispute.line.settlement.month:%Y-%m}"),
        Column("amount", label=_("Amount (CNY)"), accessor=lambda dispute: grouped(dispute.line.amount)),
        Column("state", label=_("State"), accessor="get_state_display"),
        DateColumn("raised_at", label=_("Raised")),
        DateColumn("decided_at", label=_("Decided")),
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        decide = self.construct_view(DecideView, **self.get_inspect_view_kwargs())
        return [*super().get_urlpatterns(), path("<int:pk>/decide/", decide, name="decide")]
