"""Writing what a rule shall say, with a preview in words."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from members.models import Member
from points.actions.draft_rule_change import (
    DRAFT,
    AlreadyDrafted,
    NothingChanges,
    draft_rule_change,
    revise_rule_change,
)
from points.actions.proposals import NotADraft
from points.earning.checking import BadTerms
from points.earning.vocabulary import trigger_name
from points.earning.wording import lines
from points.models import EarningRule, RuleChange
from points.staff.rule_forms import RuleForms, TriggerForm


class RuleFormPage(PermissionRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    """`preview` says the terms in words and stores nothing."""

    permission_required = DRAFT
    template_name = "points/staff/rule_form.html"
    page_title = _("Draft a rule")
    header_icon = "edit"
    new = False

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        index = {"url": reverse("rule_changes:index"), "label": _("Drafts and changes of rules")}
        here = {"url": "", "label": self.get_header_title()}
        return [*super().get_breadcrumbs_items(), index, here]

    def start(self) -> tuple[str, RuleChange | None, str]:
        """(trigger, the terms to begin with, reason)."""
        raise NotImplementedError

    def keep(self, terms: dict[str, Any], reason: str) -> RuleChange:
        return draft_rule_change(terms=terms, reason=reason, by=cast(Member, self.request.user))

    def forms(self, data: Any = None) -> RuleForms:
        trigger, stored, reason = self.start()
        return RuleForms(data, trigger=trigger, stored=stored, new=self.new, reason=reason)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.answer(self.forms())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        written = self.forms(request.POST)
        terms = written.terms()
        if terms is None:
            return self.answer(written)
        if "preview" in request.POST:
            return self.answer(written, preview=lines(RuleChange(**terms)))
        try:
            change = self.keep(terms, written.form.cleaned_data["reason"])
        except BadTerms as refusal:
            written.refused(refusal)
        except NothingChanges:
            written.form.add_error(None, _("The rule says this already. Change something, or leave it as it is."))
        except AlreadyDrafted as refusal:
            written.form.add_error(None, _("A draft for this rule is open. Revise that one, or withdraw it first."))
            return self.answer(written, open_change=refusal.change)
        except NotADraft:
            written.form.add_error(None, _("It was proposed or withdrawn meanwhile, and stays as it is."))
        else:
            messages.success(request, _now("The draft is kept. Nothing is paid by it yet."))
            return redirect("rule_changes:inspect", change.pk)
        return self.answer(written)

    def answer(self, written: RuleForms, **context: Any) -> HttpResponse:
        trigger = trigger_name(written.form.trigger)
        known = self.get_context_data(written=written, form=written.form, trigger=trigger, **context)
        return self.render_to_response(known)


class NewRulePage(RuleFormPage):
    new = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Asks first which event it is about, and says of one that may not be rewarded why."""
        asked = TriggerForm(request.GET if "trigger" in request.GET else None)
        if self.has_permission() and not asked.is_valid():
            return self.render_to_response(self.get_context_data(trigger_form=asked))
        return super().dispatch(request, *args, **kwargs)

    def start(self) -> tuple[str, RuleChange | None, str]:
        return self.request.GET["trigger"], None, ""


class ChangeRulePage(RuleFormPage):
    """Of a rule in force."""

    page_title = _("Change a rule")

    @cached_property
    def rule(self) -> EarningRule:
        return get_object_or_404(EarningRule, pk=self.kwargs["pk"])

    def get_page_subtitle(self) -> str:
        return str(self.rule.name)

    def start(self) -> tuple[str, RuleChange | None, str]:
        rule = self.rule
        return rule.trigger, RuleChange(**rule.terms()), ""


class RevisePage(RuleFormPage):
    """Of a draft."""

    page_title = _("Revise the draft")

    @cached_property
    def change(self) -> RuleChange:
        return get_object_or_404(RuleChange, pk=self.kwargs["pk"])

    def get_page_subtitle(self) -> str:
        return str(self.change.name)

    def start(self) -> tuple[str, RuleChange | None, str]:
        change = self.change
        return change.trigger, change, change.reason

    def keep(self, terms: dict[str, Any], reason: str) -> RuleChange:
        by = cast(Member, self.request.user)
        return revise_rule_change(change_id=self.kwargs["pk"], terms=terms, reason=reason, by=by)
