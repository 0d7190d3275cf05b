"""The terms that hold today: the defaults, and what was approved instead of them or between them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from members.assurance.terms import Terms, default_terms
from members.models import ActionPolicy


@dataclass(frozen=True)
class InForce:
    """`approved_at`: since when two people have set them; None where they are the default."""

    terms: Terms
    approved_at: datetime | None


def terms_in_force(actions: Iterable[str] | None = None) -> dict[str, list[InForce]]:
    """By action, the smallest amount first; of all actions unless some are named. One query."""
    wanted = default_terms() if actions is None else set(actions)
    steps: dict[str, dict[Decimal, InForce]] = {
        action: {terms.amount_from: InForce(terms, None) for terms in default_terms().get(action, ())}
        for action in wanted
    }
    for policy in ActionPolicy.objects.filter(action__in=steps):
        steps[policy.action][policy.amount_from] = InForce(Terms.of_model(policy), policy.approved_at)
    return {action: [found[amount] for amount in sorted(found)] for action, found in steps.items()}


def step_in_force(action: str, amount: Decimal) -> InForce | None:
    """The terms that hold for exactly this amount of CNY: those with the highest start that is not above it."""
    within = [step for step in terms_in_force([action])[action] if step.terms.amount_from <= amount]
    return within[-1] if within else None
