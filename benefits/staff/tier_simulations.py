"""Rules of tiers on trial, before they are published: how many customers move, which way, and what that costs."""

from collections import Counter
from decimal import Decimal
from typing import Any, cast

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

from benefits.actions.assess_shard import NoTierTerms
from benefits.actions.simulate_tier_terms import SIMULATE, start_simulation
from benefits.models import Tier, TierSimulation, TierTerms
from benefits.staff.tier_wording import lines, money, moves_table, tier_name
from benefits.tasks import simulate_tier_terms
from members.models import Member


@require_POST
def simulate(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        with transaction.atomic():
            simulation = start_simulation(terms_id=pk, by=cast(Member, request.user))
            transaction.on_commit(lambda: simulate_tier_terms.delay(simulation.pk), robust=True)
    except TierTerms.DoesNotExist:
        return redirect("tier_terms:index")
    except NoTierTerms:
        messages.error(request, _now("No rules are in force yet to compare these with."))
        return redirect("tier_terms:inspect", pk)
    return redirect("tier_terms:simulation", simulation.pk)


def by_tier(moves: dict[str, int], side: int) -> Counter[str]:
    """How many reach which tier under the rules in force (side 0) or the draft (1)."""
    found: Counter[str] = Counter()
    for way, customers in moves.items():
        found[way.split(">")[side]] += customers
    return found


def cost_of(customers: Counter[str], terms: TierTerms) -> Decimal:
    """CNY a year."""
    return sum((terms.cost(tier) * customers[tier] for tier in Tier), Decimal(0))


@method_decorator(never_cache, name="dispatch")
class SimulationPage(PermissionRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    permission_required = SIMULATE
    template_name = "benefits/staff/tier_simulation.html"
    page_title = _("Simulation")
    header_icon = "history"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        asked = TierSimulation.objects.select_related("terms", "compared", "asked_by")
        self.simulation = get_object_or_404(asked, pk=kwargs["pk"])

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        terms = self.simulation.terms
        place = {"url": reverse("tier_terms:inspect", args=[terms.pk]), "label": _("Rules of VIP tiers")}
        return [*super().get_breadcrumbs_items(), place, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        simulation = self.simulation
        drafted = TierTerms.restored(simulation.drafted)
        table = moves_table(simulation.moves)
        now, then = (by_tier(simulation.moves, side) for side in (0, 1))
        before, after = cost_of(now, simulation.compared), cost_of(then, drafted)
        ways: Counter[str] = Counter()
        for row in table:
            for cell in row["cells"]:
                ways[cell["way"]] += cell["count"]
        return super().get_context_data(
            simulation=simulation,
            finished=simulation.finished_at is not None,
            table=table,
            names=[tier_name(code) for code in ["", *map(str, Tier)]],
            counts=[(tier.label, simulation.held.get(tier, 0), now[tier], then[tier]) for tier in Tier],
            up=ways["up"],
            down=ways["down"],
            before=money(before),
            after=money(after),
            more=money(abs(after - before)),
            is_more=after > before,
            differs=after != before,
            is_priced=any(drafted.cost(tier) for tier in Tier),
            lines=lines(drafted, simulation.compared),
            **kwargs,
        )


@method_decorator(never_cache, name="dispatch")
class ProgressPart(SimulationPage):
    """The part of the page that moves."""

    template_name = "benefits/staff/_tier_simulation_progress.html"
