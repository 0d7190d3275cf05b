"""New terms of an earning rule, whether two people have approved them or the catalogue ships them."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from points.earning.checking import BadTerms
from points.earning.wording import spent_already
from points.models import EarningRule, RulePayment

#: What decides what an event earns: changed, it holds for what happens from then on.
EARNING_TERMS = ("trigger", "conditions", "source", "points", "once_per", "once_days")


def take_on(rule: EarningRule, terms: Mapping[str, Any]) -> None:
    """Makes these the rule's next version; the caller has locked it, and saves it.

    Switched on, or paying otherwise, it pays for what happens from now on. Raises BadTerms: more is spent than the
    budget.
    """
    begins_anew = not rule.live or any(getattr(rule, name) != terms[name] for name in EARNING_TERMS)
    for name, value in terms.items():
        setattr(rule, name, value)
    rule.version += 1
    if rule.live and begins_anew:
        rule.live_since = timezone.now()
    # A rule without a budget keeps no count; payments that are on their way at this moment are not in it.
    if rule.budget is not None and rule.pk:
        rule.spent = RulePayment.objects.counting().filter(rule=rule).aggregate(sum=Sum("points"))["sum"] or 0
        if rule.spent > rule.budget:
            raise BadTerms({"budget": spent_already(rule.spent)})
