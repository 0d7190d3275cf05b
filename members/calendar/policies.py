"""What the rules find among the policies."""

from collections.abc import Iterator
from typing import Any

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from members.calendar.dates import two_years_after
from members.calendar.finding import Span, cloud_event, falling_due, pages
from members.calendar.rules import Finding, Rule
from members.catalogue import event_specs
from members.models import Policy, PolicyRole


def policy_events(rule: Rule, span: Span) -> Iterator[list[dict[str, Any]]]:
    """The rule's events, in batches. `customer_name` is the full name of the type's main recipient (catalogue/README),
    as in docs/feeds.md; how a person is addressed belongs to the display."""
    policies = Policy.objects.select_related("product").annotate(
        reinstate_end=two_years_after("lapsed_on"),
        name=Coalesce(name_of(event_specs()[rule.code].recipients[0]), name_of(PolicyRole.Role.POLICYHOLDER)),
    )
    due = falling_due(policies, rule.code, anchor=rule.anchor(span.today), key="policy_no", span=span)
    for page in pages(due.filter(rule.where(span.today))):
        yield [event_of(rule, policy, span) for policy in page]


def name_of(role: str) -> Subquery:
    """Of several insured persons, the one that the book names first."""
    roles = PolicyRole.objects.filter(policy=OuterRef("pk"), role=role)
    return Subquery(roles.order_by("id").values("customer__name")[:1])


def event_of(rule: Rule, policy: Any, span: Span) -> dict[str, Any]:
    told = rule.tells(Finding(policy, policy.anchor, span.today))
    data = {"policy_no": policy.policy_no, "customer_name": policy.name, **told}
    return cloud_event(rule.code, key=policy.policy_no, subject=policy.policy_no, anchor=policy.anchor, data=data)
