"""A second person switches a rule on, changes it or switches it off, or says no."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from members.models import Member
from points.actions.proposals import DECISION, record_decision, require_second_person
from points.earning.checking import BadTerms, require_good_terms
from points.earning.wording import spent_already
from points.models import EarningRule, RuleChange, RulePayment

DECIDE = "points.decide_rulechange"
#: What decides what an event earns: changed, it holds for what happens from then on.
EARNING_TERMS = ("trigger", "conditions", "source", "points", "once_per", "once_days")


@transaction.atomic
def decide_rule_change(*, change_id: int, approve: bool, by: Member, remark: str = "") -> RuleChange:
    """Approved terms hold from this transaction's commit on, for what happens from now on.

    Raises PermissionDenied, RuleChange.DoesNotExist, AlreadyDecided, NotProposed, SamePerson, BadTerms (the catalogue
    may have changed since, or more than the budget is spent).
    """
    if not by.has_perm(DECIDE):
        raise PermissionDenied
    change = locked(change_id)
    require_second_person(change, by)
    if approve:
        change.version = put_in_force(change).version
    record_decision(change, approve=approve, by=by, remark=remark)
    change.save(update_fields=[*DECISION, "version"])
    return change


def locked(change_id: int) -> RuleChange:
    """Of two who decide at once, the second waits here and then reads what the first decided."""
    return RuleChange.objects.select_for_update().get(pk=change_id)


def put_in_force(change: RuleChange) -> EarningRule:
    require_good_terms(change)
    rule = EarningRule.objects.select_for_update().filter(code=change.code).first()
    if rule is None:
        rule = EarningRule(version=0, live=False)
    new = change.terms()
    begins_anew = not rule.live or any(getattr(rule, name) != new[name] for name in EARNING_TERMS)
    for name, value in new.items():
        setattr(rule, name, value)
    rule.version += 1
    if rule.live and begins_anew:
        rule.live_since = timezone.now()
    # A rule without a budget keeps no count; payments that are on their way at this moment are not in it.
    if rule.budget is not None and rule.pk:
        rule.spent = RulePayment.objects.counting().filter(rule=rule).aggregate(sum=Sum("points"))["sum"] or 0
        if rule.spent > rule.budget:
            raise BadTerms({"budget": spent_already(rule.spent)})
    rule.save()
    return rule
