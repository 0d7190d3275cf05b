"""Rules of VIP tiers: listed, compared with those in force, tried on the book, and decided by a second person."""

from typing import Any, cast

import django_filters
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
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.permissions import register_permission_policy

from benefits.actions.decide_tier_terms import DECIDE, decide_tier_terms
from benefits.actions.draft_tier_terms import (
    DRAFT,
    draft_tier_terms,
    propose_tier_terms,
    revise_tier_terms,
    withdraw_tier_terms,
)
from benefits.actions.simulate_tier_terms import SIMULATE
from benefits.models import TierTerms
from benefits.models.tier_terms import COSTS, TERMS, THRESHOLDS
from benefits.staff import tier_simulations
from benefits.staff.tier_wording import lines
from members.models import Member
from members.staff.permissions import OnlyActions
from members.staff.remarks import remark_of
from members.staff.showing import ShowingViewSet
from points.actions.proposals import NotADraft
from points.earning.checking import BadTerms
from points.staff.proposals import REFUSALS, ProposalPage, in_words
from points.staff.rule_forms import reason_field

register_permission_policy(TierTerms, OnlyActions(TierTerms, actions={"view", "add"}))


class TermsForm(forms.ModelForm):
    """What the rules may say, `draft_tier_terms` checks."""

    reason = reason_field()

    class Meta:
        model = TierTerms
        fields = TERMS
        widgets = {"effective_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def _post_clean(self) -> None:
        """Not by the model's constraints, which tell of columns."""

    @property
    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        factors = [name for name in TERMS if name.startswith("factor_")]
        return [
            (_("When"), [self["effective_on"]]),
            (_("VIP premium that each tier takes"), [self[name] for name in THRESHOLDS.values()]),
            (_("What a premium of a year counts"), [self[name] for name in factors]),
            (_("How long a tier lasts"), [self["validity_months"], self["buffer_days"]]),
            (_("What a customer costs"), [self[name] for name in COSTS.values()]),
            (_("Why"), [self["reason"]]),
        ]


class TermsFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(label=_("State"), choices=TierTerms.State.choices, empty_label=_("All"))

    class Meta:
        model = TierTerms
        fields = ["state"]


class TermsIndex(generic.IndexView):
    any_permission_required = ("view",)
    page_title = _("Rules of VIP tiers")


class TermsPage(ProposalPage):
    template_name = "benefits/staff/tier_terms.html"
    page_title = _("Rules of VIP tiers")
    addresses, draft, decide = "tier_terms", DRAFT, DECIDE

    def get_page_subtitle(self) -> str:
        return str(_("from %(day)s") % {"day": self.object.effective_on})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        terms: TierTerms = self.object
        in_force = TierTerms.objects.in_force(on=timezone.localdate()).first()
        compared = in_force if in_force and in_force.pk != terms.pk else None
        user = self.request.user
        return super().get_context_data(
            terms=terms,
            lines=lines(terms, compared),
            compared=compared,
            may_simulate=user.has_perm(SIMULATE) and compared is not None,
            simulations=terms.simulations.select_related("asked_by").order_by("-pk")[:5],
            **kwargs,
        )


class TermsFormPage(PermissionRequiredMixin, WagtailAdminTemplateMixin, FormView):
    """New rules begin as those in force."""

    permission_required = DRAFT
    template_name = "benefits/staff/tier_terms_form.html"
    form_class = TermsForm
    page_title = _("Draft rules of VIP tiers")
    header_icon = "edit"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        index = {"url": reverse("tier_terms:index"), "label": TermsIndex.page_title}
        return [*super().get_breadcrumbs_items(), index, {"url": "", "label": self.page_title}]

    def get_initial(self) -> dict[str, Any]:
        in_force = TierTerms.objects.in_force(on=timezone.localdate()).first()
        return {**in_force.terms(), "effective_on": None} if in_force else {}

    def form_valid(self, form: TermsForm) -> HttpResponse:
        terms = {name: form.cleaned_data[name] for name in TERMS}
        try:
            kept = self.keep(terms, form.cleaned_data["reason"])
        except BadTerms as refusal:
            for name, fault in refusal.faults.items():
                form.add_error(name, fault)
        except NotADraft:
            form.add_error(None, _("It was proposed or withdrawn meanwhile, and stays as it is."))
        else:
            messages.success(self.request, _now("The draft is kept. Nobody is assessed by it yet."))
            return redirect("tier_terms:inspect", kept.pk)
        return self.form_invalid(form)

    def keep(self, terms: dict[str, Any], reason: str) -> TierTerms:
        return draft_tier_terms(terms=terms, reason=reason, by=cast(Member, self.request.user))


class RevisePage(TermsFormPage):
    page_title = _("Revise the draft")

    def get_initial(self) -> dict[str, Any]:
        draft = get_object_or_404(TierTerms, pk=self.kwargs["pk"])
        return {**draft.terms(), "reason": draft.reason}

    def keep(self, terms: dict[str, Any], reason: str) -> TierTerms:
        by = cast(Member, self.request.user)
        return revise_tier_terms(terms_id=self.kwargs["pk"], terms=terms, reason=reason, by=by)


@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Proposes, withdraws, approves or rejects; the button says which."""
    by = cast(Member, request.user)
    try:
        if "propose" in request.POST:
            propose_tier_terms(terms_id=pk, by=by)
            messages.success(request, _now("Proposed. It holds as soon as a second person approves it."))
        elif "withdraw" in request.POST:
            withdraw_tier_terms(terms_id=pk, by=by)
            messages.success(request, _now("Withdrawn."))
        else:
            approve = "approve" in request.POST
            terms = decide_tier_terms(terms_id=pk, approve=approve, by=by, remark=remark_of(request))
            said = _now("Approved. Everybody is assessed by these rules from %(day)s.") % {"day": terms.effective_on}
            messages.success(request, said if approve else _now("Rejected."))
    except TierTerms.DoesNotExist:
        return redirect("tier_terms:index")
    except REFUSALS as refusal:
        messages.error(request, in_words(refusal))
    return redirect("tier_terms:inspect", pk)


class TierTermsViewSet(ShowingViewSet):
    model = TierTerms
    adds = True
    name = "tier_terms"
    url_prefix = "benefits/tier-rules"
    icon = "clipboard-list"
    menu_label = _("Rules of VIP tiers")
    menu_name = "tier-rules"
    index_view_class, inspect_view_class = TermsIndex, TermsPage
    inspect_template_name = TermsPage.template_name
    filterset_class = TermsFilterSet
    ordering = ("-effective_on", "-pk")
    list_display = (
        TitleColumn("effective_on", label=_("Take effect on"), accessor="effective_on", url_name="tier_terms:inspect"),
        Column("state", label=_("State"), accessor="get_state_display", sort_key="state"),
        Column(
            "drafted_by",
            label=_("Drafted by"),
            accessor=lambda terms: terms.drafted_by.name if terms.drafted_by else _now("the catalogue"),
        ),
        DateColumn("drafted_at", label=_("Drafted at")),
        Column("decided_by", label=_("Decided by"), accessor=lambda t: t.decided_by.name if t.decided_by else "—"),
        DateColumn("decided_at", label=_("Decided at")),
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("new/", TermsFormPage.as_view(), name="add"),
            path("<int:pk>/revise/", RevisePage.as_view(), name="revise"),
            path("<int:pk>/act/", act, name="act"),
            path("<int:pk>/simulate/", tier_simulations.simulate, name="simulate"),
            path("simulations/<int:pk>/", tier_simulations.SimulationPage.as_view(), name="simulation"),
            path("simulations/<int:pk>/progress/", tier_simulations.ProgressPart.as_view(), name="simulation_progress"),
        ]
