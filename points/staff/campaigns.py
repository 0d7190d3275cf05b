"""Campaigns: times in which some rules pay more. Drafted by one, approved by another, stopped by anybody who may."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import FormView
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.permissions import register_permission_policy

from members.models import Member
from members.staff.permissions import OnlyActions
from members.staff.remarks import remark_of
from members.staff.showing import ShowingViewSet
from points.actions.decide_campaign import DECIDE, decide_campaign, stop_campaign
from points.actions.draft_campaign import (
    DRAFT,
    TERMS,
    draft_campaign,
    propose_campaign,
    revise_campaign,
    withdraw_campaign,
)
from points.actions.proposals import NotADraft
from points.earning.checking import BadTerms
from points.earning.results import results_of_campaign
from points.earning.wording import campaign_lines, money_in_words, points_in_words, times, window
from points.models import EarningCampaign, EarningRule
from points.staff.proposals import REFUSALS, ProposalPage, in_words
from points.staff.rule_forms import moment_field, points_field, reason_field
from points.staff.simulations import chart

register_permission_policy(EarningCampaign, OnlyActions(EarningCampaign, actions={"view", "add"}))
State = EarningCampaign.State


def rule_names() -> Mapping[str, str]:
    return {rule.code: rule.name for rule in EarningRule.objects.order_by("pk")}


def standing(campaign: EarningCampaign) -> str:
    """Its state, and of one that is approved what that means at this moment."""
    now = timezone.now()
    if campaign.state != State.APPROVED:
        return campaign.get_state_display()
    if now < campaign.starts_at:
        return _now("approved, has not begun")
    if now >= campaign.ends_at:
        return _now("over")
    return _now("budget spent") if campaign.is_spent else _now("running")


class CampaignForm(forms.Form):
    name_zh = forms.CharField(label=_("Chinese name"), max_length=60)
    name_en = forms.CharField(label=_("English name"), max_length=60)
    multiplier = forms.DecimalField(
        label=_("Times"), max_digits=4, decimal_places=2, help_text=_("2 doubles the points, 1.5 adds half of them.")
    )
    rules = forms.MultipleChoiceField(label=_("Rules"), widget=forms.CheckboxSelectMultiple)
    starts_at = moment_field(_("Starts"), required=True)
    ends_at = moment_field(_("Ends"), required=True)
    budget = points_field(
        _("Budget (points)"),
        _("Of what the campaign adds; when it is spent, the rules pay as ever. 100 points cost CNY 1."),
    )
    reason = reason_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rules"].choices = list(rule_names().items())  # type: ignore[attr-defined]


class CampaignFormPage(PermissionRequiredMixin, WagtailAdminTemplateMixin, FormView):
    permission_required = DRAFT
    template_name = "points/staff/campaign_form.html"
    form_class = CampaignForm
    page_title = _("Draft a campaign")
    header_icon = "edit"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        index = {"url": reverse("earning_campaigns:index"), "label": CampaignIndex.page_title}
        return [*super().get_breadcrumbs_items(), index, {"url": "", "label": self.page_title}]

    def keep(self, terms: dict[str, Any], reason: str) -> EarningCampaign:
        return draft_campaign(terms=terms, reason=reason, by=cast(Member, self.request.user))

    def form_valid(self, form: forms.Form) -> HttpResponse:
        terms = {name: form.cleaned_data[name] for name in TERMS}
        try:
            campaign = self.keep(terms, form.cleaned_data["reason"])
        except BadTerms as refusal:
            for name, message in refusal.faults.items():
                form.add_error(name, message)
        except NotADraft:
            form.add_error(None, _("It was proposed or decided meanwhile, and stays as it is."))
        else:
            messages.success(self.request, _now("The draft is kept. Nothing is multiplied by it yet."))
            return redirect("earning_campaigns:inspect", campaign.pk)
        return self.form_invalid(form)


class ReviseCampaignPage(CampaignFormPage):
    page_title = _("Revise the campaign")

    def get_initial(self) -> dict[str, Any]:
        campaign = get_object_or_404(EarningCampaign, pk=self.kwargs["pk"])
        return {name: getattr(campaign, name) for name in (*TERMS, "reason")}

    def keep(self, terms: dict[str, Any], reason: str) -> EarningCampaign:
        by = cast(Member, self.request.user)
        return revise_campaign(campaign_id=self.kwargs["pk"], terms=terms, reason=reason, by=by)


class CampaignIndex(generic.IndexView):
    any_permission_required = ("view",)
    page_title = _("Campaigns")


class CampaignPage(ProposalPage):
    template_name = "points/staff/campaign.html"
    page_title = _("Campaign")
    addresses, draft, decide = "earning_campaigns", DRAFT, DECIDE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        campaign: EarningCampaign = self.object
        found = results_of_campaign(campaign)
        by_day = {str(day): points for day, points in found.by_day.items()}
        return super().get_context_data(
            campaign=campaign,
            standing=standing(campaign),
            lines=campaign_lines(campaign, rule_names()),
            results=found,
            cost=money_in_words(found.bonus),
            by_day=list(by_day.items()),
            chart=chart(by_day),
            has_run=campaign.state in (State.APPROVED, State.STOPPED),
            # Also where it is over: events of its days may yet come.
            may_stop=campaign.state == State.APPROVED and self.request.user.has_perm(DECIDE),
            **kwargs,
        )


@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Proposes, withdraws, approves, rejects or stops; the button says which."""
    by = cast(Member, request.user)
    try:
        if "propose" in request.POST:
            propose_campaign(campaign_id=pk, by=by)
            messages.success(request, _now("Proposed. It holds as soon as a second person approves it."))
        elif "withdraw" in request.POST:
            withdraw_campaign(campaign_id=pk, by=by)
            messages.success(request, _now("Withdrawn."))
        elif "stop" in request.POST:
            stop_campaign(campaign_id=pk, by=by)
            messages.success(request, _now("Stopped. What it has paid stays paid."))
        else:
            approve = "approve" in request.POST
            decide_campaign(campaign_id=pk, approve=approve, by=by, remark=remark_of(request))
            messages.success(request, _now("The campaign is approved.") if approve else _now("Rejected."))
    except EarningCampaign.DoesNotExist:
        return redirect("earning_campaigns:index")
    except REFUSALS as refusal:
        messages.error(request, in_words(refusal))
    return redirect("earning_campaigns:inspect", pk)


class CampaignViewSet(ShowingViewSet):
    model = EarningCampaign
    adds = True
    name = "earning_campaigns"
    url_prefix = "points/campaigns"
    icon = "date"
    menu_label = _("Campaigns")
    menu_name = "earning-campaigns"
    index_view_class, inspect_view_class = CampaignIndex, CampaignPage
    inspect_template_name = CampaignPage.template_name
    ordering = ("-pk",)
    list_display = (
        TitleColumn("name", label=_("Campaign"), accessor="name", url_name="earning_campaigns:inspect"),
        Column("multiplier", label=_("Times"), accessor=times, sort_key="multiplier"),
        Column("window", label=_("Valid"), accessor=lambda campaign: window(campaign.starts_at, campaign.ends_at)),
        Column("budget", label=_("Budget"), accessor=lambda c: points_in_words(c.budget) if c.budget else "—"),
        Column("state", label=_("State"), accessor=standing, sort_key="state"),
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("new/", CampaignFormPage.as_view(), name="add"),
            path("<int:pk>/revise/", ReviseCampaignPage.as_view(), name="revise"),
            path("<int:pk>/act/", act, name="act"),
        ]
