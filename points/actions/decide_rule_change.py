"""A second person switches a rule on, changes it or switches it off, or says no."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from members.models import Member
from points.actions.proposals import DECISION, record_decision, require_second_person
from points.actions.take_on_terms import take_on
from points.earning.checking import require_good_terms
from points.models import EarningRule, RuleChange

DECIDE = "points.decide_rulechange"


@transaction.atomic
def decide_rule_change(*, change_id: int, approve: bool, by: Member, remark: str = "") -> RuleChange:
    """Approved terms hold from this transaction's commit on, for what happens from now on.

    Raises PermissionDenied, RuleChange.DoesNotExist, AlreadyDecided, NotProposed, SamePerson, NoReasonGiven, BadTerms
    (the catalogue may have changed since, or more than the budget is spent).
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
    take_on(rule, change.terms())
    rule.save()
    return rule
