"""Rules, and what happens to whom, for tests of earning."""

from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from django.utils import timezone

from members.models import Policy
from points.actions.earn_points import Outcome, earn_points
from points.actions.load_earning_rules import load_earning_rules
from points.actions.tell_earning_fact import earn
from points.consumer import earn_from_policy_events
from points.earning.deciding import Award
from points.earning.facts import EarningFact
from points.models import EarningRule, RuleChange, RulePayment
from points.queries import balance_of
from tests.factories import CustomerFactory, MemberFactory, PolicyFactory
from tests.members.policy_log import published

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: A Sunday, noon in Shanghai.
NOON = datetime(2026, 11, 29, 12, tzinfo=SHANGHAI)
numbers = count(1)


TERMS = {
    "code": "test.quiz",
    "name_zh": "知识问答",
    "name_en": "Quiz",
    "group": "engagement",
    "trigger": "knowledge.quiz_passed",
    "points": 5,
}


def terms(**other):
    """Those of a rule that pays 5 points for a quiz, or of another one."""
    return RuleChange(**(TERMS | other)).terms()


def rule(**other) -> EarningRule:
    """In force, for as long as anybody remembers."""
    since = other.pop("live_since", NOON - timedelta(days=3650))
    return EarningRule.objects.create(**terms(**other), live_since=since)


def load():
    """The catalogue's rules, as though they had been loaded years ago."""
    load_earning_rules()
    EarningRule.objects.update(live_since=NOON - timedelta(days=3650))


def customer_with_account(**customer):
    return MemberFactory(customer=CustomerFactory(**customer))


def policy_of(member, **fields) -> Policy:
    return PolicyFactory(policyholder=member.customer, **fields)


def told(member, trigger="knowledge.quiz_passed", *, cause="", at=None, **fields) -> list[Outcome]:
    """What packages above tell; a cause of its own unless one is named."""
    return earn(
        trigger=trigger,
        cause=cause or f"test:{next(numbers)}",
        member_id=member.pk if member else None,
        occurred_at=at or timezone.now(),
        fields=fields,
    )


def served(member, service, platform="app", **fields) -> list[Outcome]:
    return told(member, "service.completed", service=service, platform=platform, **fields)


def happens(trigger, *, at=NOON, **data) -> None:
    """A policy event that the core tells, read by the consumer twice."""
    subject = data.get("policy_no") or data.get("customer_no", "")
    events = published(type=trigger, subject=subject, occurred_at=at, data={"customer_name": "王先生", **data})
    for _ in range(2):
        earn_from_policy_events(events)


def fact(member, trigger="knowledge.quiz_passed", *, cause="", at=NOON, **fields) -> EarningFact:
    return EarningFact(trigger, cause or f"test:{next(numbers)}", member.pk, at, fields)


def pay(*facts) -> list[Outcome]:
    return earn_points(facts=facts)


def awarded(outcomes) -> dict[str, int]:
    """Rule → points, of what was paid."""
    return {each.rule: each.decision.total for each in outcomes if isinstance(each.decision, Award)}


def whys(outcomes) -> list[str]:
    return [str(each.decision) for each in outcomes if each.decision and not isinstance(each.decision, Award)]


def points_of(member) -> int:
    """What the ledger says the member has, what can't be spent yet included."""
    found = balance_of(member.pk)
    return found.available + found.pending - found.owed


def paid(member, code) -> int:
    return sum(each.total for each in RulePayment.objects.filter(member=member, rule__code=code, state="paid"))
