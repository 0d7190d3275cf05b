"""A rule on trial, before it is switched on: whom it would have paid, how much, and what that costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from members.charts import stacked_bars
from members.models import Member
from members.staff.masking import phone
from members.templatetags.figures import grouped, signed
from points.actions.simulate_rule import MOST_DAYS, SIMULATE, start_simulation
from points.earning.checking import BadTerms
from points.earning.deciding import Why
from points.earning.kept_facts import kept_facts_of
from points.earning.trial import MOST_EVENTS
from points.earning.wording import lines, moment, money_in_words
from points.models import RuleChange, RuleSimulation
from points.tasks import simulate_rule

COLOUR = "#2e7d4f"
#: More days than these are shown by month: bars have to be told apart.
MOST_BARS = 31


class DaysForm(forms.Form):
    days = forms.IntegerField(
        label=_("Over the last (days)"),
        min_value=1,
        max_value=MOST_DAYS,
        initial=90,
        help_text=_("Real events of that time are looked at; nothing is paid or changed."),
    )


@require_POST
def simulate(request: HttpRequest, pk: int) -> HttpResponse:
    form = DaysForm(request.POST)
    days = form.cleaned_data["days"] if form.is_valid() else 0
    try:
        with transaction.atomic():
            simulation = start_simulation(change_id=pk, days=days, by=cast(Member, request.user))
            transaction.on_commit(lambda: simulate_rule.delay(simulation.pk), robust=True)
    except RuleChange.DoesNotExist:
        return redirect("rule_changes:index")
    except BadTerms as refusal:
        messages.error(request, " ".join(refusal.faults.values()))
        return redirect("rule_changes:inspect", pk)
    return redirect("rule_changes:simulation", simulation.pk)


@dataclass(frozen=True)
class TopMember:
    """Name and number are masked: the figures are for whoever decides about a rule, not about a member."""

    name: str
    mobile: str
    points: int


def top_members(simulation: RuleSimulation) -> list[TopMember]:
    top = [(int(pk), points) for pk, points in simulation.result.get("top", [])]
    known = Member.objects.in_bulk([pk for pk, _points in top])
    return [TopMember(f"{known[pk].name[:1]}**", phone(known[pk].mobile), points) for pk, points in top if pk in known]


@dataclass(frozen=True)
class Compared:
    """A figure of the rule in force, of the draft, and how far they differ; in words."""

    label: str
    in_force: str
    drafted: str
    difference: str


def compared(result: Mapping[str, Any]) -> list[Compared]:
    """Nothing where no rule is in force."""
    then = result.get("in_force")
    if not then:
        return []
    paid = points_of(then), points_of(result)
    more = paid[1] - paid[0]
    money = f"{'−' if more < 0 else '+'}{money_in_words(abs(more))}" if more else money_in_words(0)
    counted = ((_now("Members"), "members"), (_now("Payments"), "payments"))
    return [
        Compared(_now("Points"), grouped(paid[0]), grouped(paid[1]), signed(more)),
        Compared(_now("Cost"), money_in_words(paid[0]), money_in_words(paid[1]), money),
        *(
            Compared(label, grouped(then[name]), grouped(result[name]), signed(result[name] - then[name]))
            for label, name in counted
        ),
    ]


def points_of(result: Mapping[str, Any]) -> int:
    """Of rule and campaigns."""
    return int(result.get("points", 0) + result.get("bonus", 0))


def chart(by_day: dict[str, int]) -> str:
    """Points by day, or, of a longer time, by month. SVG."""
    bars = by_day
    if len(by_day) > MOST_BARS:
        bars = {}
        for day, points in by_day.items():
            bars[day[:7]] = bars.get(day[:7], 0) + points
    return stacked_bars(list(bars), {_now("Points"): list(bars.values())}, [COLOUR])


@method_decorator(never_cache, name="dispatch")
class SimulationPage(PermissionRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    permission_required = SIMULATE
    template_name = "points/staff/simulation.html"
    page_title = _("Simulation")
    header_icon = "history"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        asked = RuleSimulation.objects.select_related("change", "asked_by")
        self.simulation = get_object_or_404(asked, pk=kwargs["pk"])

    def get_page_subtitle(self) -> str:
        return self.simulation.change.name

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        change = self.simulation.change
        place = {"url": reverse("rule_changes:inspect", args=[change.pk]), "label": change.name}
        return [*super().get_breadcrumbs_items(), place, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        simulation, result = self.simulation, self.simulation.result
        terms = RuleChange(**RuleChange.restored(simulation.terms))
        total = points_of(result)
        return super().get_context_data(
            simulation=simulation,
            going_on=simulation.state not in RuleSimulation.SETTLED,
            finished=simulation.state == RuleSimulation.State.FINISHED,
            result=result,
            since=moment(simulation.asked_at - timedelta(days=simulation.days)),
            until=moment(simulation.asked_at),
            total=total,
            cost=money_in_words(total),
            compared=compared(result),
            by_day=list(result.get("by_day", {}).items()),
            chart=chart(result.get("by_day", {})),
            whys=[(Why(why).label, count) for why, count in result.get("whys", {}).items()],
            top=top_members(simulation),
            cut=simulation.events >= MOST_EVENTS,
            not_kept=not result.get("events") and not kept_facts_of(terms.trigger),
            lines=lines(terms),
            **kwargs,
        )


@method_decorator(never_cache, name="dispatch")
class ProgressPart(SimulationPage):
    """The part of the page that moves."""

    template_name = "points/staff/_simulation_progress.html"
