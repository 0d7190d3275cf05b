"""Earning's place at the policy-event log."""

from members import consumers
from members.models import PolicyEvent
from points.actions.earn_points import earn_points
from points.earning.facts import facts_of_policy_events
from points.models import EarningRule


def earn_from_policy_events(events: list[PolicyEvent]) -> None:
    """Most events are nothing that a rule listens to: they cost their share of one query a batch, and stay sealed."""
    types = {event.type for event in events}
    rules = EarningRule.objects.listening_to(types).values_list("live", "trigger", "reversal_trigger")
    heard = {trigger for live, trigger, _ in rules if live} | {reversal for _, _, reversal in rules}
    facts = facts_of_policy_events([event for event in events if event.type in heard])
    if facts:
        earn_points(facts=facts)


consumers.register("points", earn_from_policy_events)
