"""The rules in force: what each says, and what it has paid."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, StatusFlagColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.permissions import register_permission_policy

from members.staff.permissions import OnlyActions
from members.staff.showing import ShowingInspectView, ShowingViewSet
from points.actions.draft_rule_change import DRAFT
from points.earning.results import DAYS, results_of_rule
from points.earning.vocabulary import trigger_name
from points.earning.wording import caps, how_many, lines, money_in_words
from points.models import EarningRule, RuleChange
from points.staff.simulations import chart

register_permission_policy(EarningRule, OnlyActions(EarningRule, actions={"view"}))


class RuleIndex(generic.IndexView):
    any_permission_required = ("view",)
    page_title = _("Earning rules")

    def get_base_queryset(self) -> QuerySet[EarningRule]:
        drafts = RuleChange.objects.filter(code=OuterRef("code"), state__in=RuleChange.OPEN)
        return EarningRule.objects.annotate(has_draft=Exists(drafts))


class RulePage(ShowingInspectView):
    template_name = "points/staff/rule.html"
    page_title = _("Earning rule")

    def get_page_subtitle(self) -> str:
        return str(self.object.name)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rule: EarningRule = self.object
        found = results_of_rule(rule)
        by_day = {str(day): points for day, points in found.by_day.items()}
        changes = RuleChange.objects.filter(code=rule.code).select_related("drafted_by", "decided_by")
        return super().get_context_data(
            rule=rule,
            lines=lines(rule),
            results=found,
            cost=money_in_words(found.total),
            days=DAYS,
            by_day=list(by_day.items()),
            chart=chart(by_day),
            changes=changes.order_by("-pk")[:20],
            may_draft=self.request.user.has_perm(DRAFT),
            **kwargs,
        )


class RuleViewSet(ShowingViewSet):
    model = EarningRule
    name = "earning_rules"
    url_prefix = "points/rules"
    icon = "list-ul"
    menu_label = _("Rules")
    menu_name = "earning-rules"
    index_view_class, inspect_view_class = RuleIndex, RulePage
    inspect_template_name = RulePage.template_name
    ordering = ("pk",)
    list_display = (
        TitleColumn("name", label=_("Rule"), accessor="name", url_name="earning_rules:inspect"),
        Column("code", label=_("Code"), sort_key="code"),
        Column("group", label=_("Group"), accessor="get_group_display", sort_key="group"),
        Column("trigger", label=_("Event"), accessor=lambda rule: trigger_name(rule.trigger)),
        Column("points", label=_("Points"), accessor=how_many),
        Column("caps", label=_("At most"), accessor=lambda rule: _now(", ").join(caps(rule))),
        StatusFlagColumn("live", label=_("State"), true_label=_("pays"), false_label=_("switched off")),
        Column("draft", label=_("Change"), accessor=lambda rule: _now("drafted") if rule.has_draft else "—"),
    )
