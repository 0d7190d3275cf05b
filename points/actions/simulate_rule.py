"""What drafted terms would have paid for what has really happened."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Member
from points.earning.checking import BadTerms, require_good_terms
from points.earning.trial import Trial, pages_of, places_of, reading_only
from points.models import EarningCampaign, EarningRule, RuleChange, RuleSimulation

SIMULATE = "points.simulate_rulechange"
MOST_DAYS = 366
#: Whoever runs one for longer is stopped (points.tasks).
TIME_LIMIT = timedelta(hours=1)
State = RuleSimulation.State
log = structlog.get_logger(__name__)


@transaction.atomic
def start_simulation(*, change_id: int, days: int, by: Member) -> RuleSimulation:
    """A simulation over the last `days` (1 to 366) that waits for a worker, of the terms as they are now.

    Raises PermissionDenied, RuleChange.DoesNotExist, BadTerms.
    """
    if not by.has_perm(SIMULATE):
        raise PermissionDenied
    if type(days) is not int or not 1 <= days <= MOST_DAYS:
        raise BadTerms({"days": _("Name a number of days from 1 to %(most)d.") % {"most": MOST_DAYS}})
    change = RuleChange.objects.get(pk=change_id)
    require_good_terms(change)
    return RuleSimulation.objects.create(change=change, terms=change.stored_terms(), days=days, asked_by=by)


def run_simulation(*, simulation_id: int) -> None:
    """Looks at the events, page by page in transactions that only read, and keeps what came out.

    Of two at once the second leaves it to the first, unless that one is past TIME_LIMIT and so was killed; run again
    when it has ended, it changes nothing.
    """
    now = timezone.now()
    if not due_simulations(at=now).filter(pk=simulation_id).update(state=State.RUNNING, started_at=now, done=0):
        return
    simulation = RuleSimulation.objects.get(pk=simulation_id)
    try:
        simulation.result = look_back(simulation)
        simulation.state = State.FINISHED
    except Exception as error:
        log.error("rule_simulation_failed", simulation=simulation_id, error=type(error).__name__)
        simulation.state = State.FAILED
        raise
    finally:
        simulation.finished_at = timezone.now()
        simulation.save(update_fields=["state", "result", "finished_at"])


def due_simulations(*, at: datetime) -> QuerySet[RuleSimulation]:
    """Those that nobody runs: they wait, or whoever ran them was killed."""
    killed = Q(state=State.RUNNING, started_at__lte=at - TIME_LIMIT)
    return RuleSimulation.objects.filter(Q(state=State.WAITING) | killed)


def look_back(simulation: RuleSimulation) -> dict[str, Any]:
    """As though the rule, and the campaigns that multiply it, had run all that time: most are yet to come.

    As Trial.as_json; `in_force`: likewise, what the rule that holds now would have paid, None where none does.
    """
    terms = RuleChange(**RuleChange.restored(simulation.terms))
    until = simulation.asked_at
    since = until - timedelta(days=simulation.days)
    with reading_only():
        holding = EarningRule.objects.filter(code=terms.code, live=True).first()
        tried = [terms, RuleChange(**holding.terms())] if holding else [terms]
        for each in tried:
            each.starts_at = each.ends_at = None
        trials = [Trial(each, campaigns_for(each, since=since, until=until)) for each in tried]
        places = places_of(tried, since=since, until=until)
    progress = RuleSimulation.objects.filter(pk=simulation.pk)
    progress.update(events=len(places))
    done = 0
    for page in pages_of(places):
        with reading_only():
            for trial in trials:
                trial.look_at(page)
        done += len(page)
        progress.update(done=done)
    result, *others = [trial.as_json() for trial in trials]
    return result | {"in_force": others[0] if others else None}


def campaigns_for(terms: RuleChange, *, since: datetime, until: datetime) -> list[EarningCampaign]:
    """Those that multiply what the rule pays from `until` on, as though they had run since `since`."""
    approved = EarningCampaign.objects.filter(state=EarningCampaign.State.APPROVED, rules__contains=[terms.code])
    campaigns = list(approved.filter(ends_at__gt=until).order_by("pk"))
    for campaign in campaigns:
        campaign.starts_at, campaign.ends_at = since, until
    return campaigns
