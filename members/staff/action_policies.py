"""What each action asks of a member today, and the form to propose something else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet

from members.actions.propose_policy_change import (
    PROPOSE,
    AlreadyProposed,
    NothingChanges,
    WeakerThanFloor,
    propose_default,
    propose_policy_change,
)
from members.assurance.in_force import InForce, terms_in_force
from members.assurance.terms import Terms
from members.entrances import Entrance
from members.models import Factor, Level, Member, PolicyChange
from members.staff.permissions import shown_to
from members.staff.terms_wording import Line, lines, name_of

SEE = "members.view_policychange"
#: Why a proposal is refused, at the field that it is about.
WEAKER = {
    "level": _("Choose verified or above: this action is never open to members who are only registered."),
    "factors": _("Choose at least one: this action is never done without a second factor."),
    "bound": _("Leave this ticked: for this action the member confirms the very request."),
    "waits_after_change": _("Leave this ticked: whoever stole a phone number must not get at this at once."),
    "entrances": _("Choose at least one entrance."),
}


@dataclass(frozen=True)
class Step:
    """Terms as the list shows them."""

    in_force: InForce
    lines: Sequence[Line]
    url: str


class ActionPolicyIndex(PermissionRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    permission_required = SEE
    template_name = "members/staff/action_policies.html"
    page_title = _("What actions ask for")
    header_icon = "lock"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        actions = [
            (name_of(action), action, [step_of(action, each) for each in steps])
            for action, steps in terms_in_force().items()
        ]
        return super().get_context_data(
            actions=actions,
            may_propose=self.request.user.has_perm(PROPOSE),
            open_proposals=PolicyChange.objects.filter(decision="").count(),
            proposals_url=reverse("policy_changes:index"),
            **kwargs,
        )


def step_of(action: str, found: InForce) -> Step:
    url = reverse("action_policies:propose", args=[action, found.terms.amount_from])
    return Step(found, lines(found.terms), url)


class TermsForm(forms.Form):
    amount_from = forms.DecimalField(
        label=_("From an amount of (CNY)"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        help_text=_("Another amount makes terms of its own beside those there are. Below the lowest, others hold."),
    )
    level = forms.TypedChoiceField(
        label=_("Level of the member"), choices=Level.choices, coerce=lambda n: Level(int(n))
    )
    factors = forms.MultipleChoiceField(
        label=_("Second factor"),
        choices=Factor.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Any one of those ticked is enough. None ticked: the level alone is enough."),
    )
    fresh_minutes = forms.IntegerField(label=_("Factor not older than (minutes)"), min_value=1, max_value=1440)
    bound = forms.BooleanField(
        label=_("For this very request, once"),
        required=False,
        help_text=_("The member confirms what exactly is to be done; the confirmation is good for nothing else."),
    )
    entrances = forms.MultipleChoiceField(
        label=_("Entrances"), choices=Entrance.choices, widget=forms.CheckboxSelectMultiple
    )
    hold_hours = forms.IntegerField(
        label=_("Held back for (hours)"), min_value=0, max_value=720, help_text=_("0: takes effect at once.")
    )
    waits_after_change = forms.BooleanField(label=_("Not in the cooling time after a change of phone"), required=False)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The second person, and whoever audits this in years, reads it. No personal data."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("bound") and "factors" in data and not data["factors"]:
            self.add_error("factors", _("A confirmation of the very request needs a second factor."))
        return data

    def terms(self, action: str) -> Terms:
        data = self.cleaned_data
        return Terms(
            action=action,
            amount_from=data["amount_from"],
            level=data["level"],
            factors=tuple(Factor(name) for name in data["factors"]),
            fresh=timedelta(minutes=data["fresh_minutes"]),
            bound=data["bound"],
            entrances=tuple(Entrance(name) for name in data["entrances"]),
            hold=timedelta(hours=data["hold_hours"]),
            waits_after_change=data["waits_after_change"],
        )


class ProposeView(PermissionRequiredMixin, WagtailAdminTemplateMixin, FormView):
    permission_required = PROPOSE
    template_name = "members/staff/propose_terms.html"
    form_class = TermsForm
    page_title = _("Propose other terms")
    header_icon = "edit"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.action: str = kwargs["action"]
        try:
            start = Decimal(kwargs["amount"])
        except InvalidOperation:
            raise Http404 from None
        steps = terms_in_force([self.action])[self.action]
        found = [step for step in steps if step.terms.amount_from == start]
        if not found:
            raise Http404
        self.step = found[0]

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        index = {"url": reverse("action_policies:index"), "label": ActionPolicyIndex.page_title}
        here = {"url": "", "label": f"{self.page_title} · {name_of(self.action)}"}
        return [*super().get_breadcrumbs_items(), index, here]

    def get_initial(self) -> dict[str, Any]:
        return self.step.terms.fields()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(step=self.step, lines=lines(self.step.terms), **kwargs)

    def get_form(self, form_class: type | None = None) -> forms.Form:
        form = super().get_form(form_class)
        if "to_default" in self.request.POST:
            form.fields = {"reason": form.fields["reason"]}
        return form

    def form_valid(self, form: forms.Form) -> HttpResponse:
        by, reason = cast(Member, self.request.user), form.cleaned_data["reason"]
        try:
            if isinstance(form, TermsForm) and "to_default" not in self.request.POST:
                change = propose_policy_change(terms=form.terms(self.action), reason=reason, by=by)
            else:
                start = self.step.terms.amount_from
                change = propose_default(action=self.action, amount_from=start, reason=reason, by=by)
        except WeakerThanFloor as refusal:
            for field in refusal.fields:
                form.add_error(field, WEAKER[field])
        except NothingChanges:
            form.add_error(None, _("These terms are in force already. Change something, or leave it as it is."))
        except AlreadyProposed:
            form.add_error(None, _("A proposal for this action and amount is open. Have it decided first."))
        else:
            messages.success(self.request, _now("Proposed. It holds as soon as a second person approves it."))
            return redirect("policy_changes:inspect", change.pk)
        return self.form_invalid(form)


class ActionPolicyViewSet(ViewSet):
    name = "action_policies"
    url_prefix = "action-policies"
    icon = "lock"
    menu_label = _("What actions ask for")
    menu_name = "action-policies"
    menu_item_class = shown_to(SEE)

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", ActionPolicyIndex.as_view(), name="index"),
            path("<str:action>/<str:amount>/", ProposeView.as_view(), name="propose"),
        ]
