"""Whether the mirror knows what an event is about; if not (yet), the event waits, and those after it behind it."""

from collections.abc import Iterable

from members.intake.envelope import Content
from members.models import Customer, Policy, PolicyEvent

Kind = PolicyEvent.SubjectKind


class Presence:
    """What the mirror held, and which subjects had events waiting, when it was asked."""

    def __init__(self, policies: set[str], customers: set[str], waiting: set[tuple[str, str]]) -> None:
        self.policies, self.customers, self.waiting = policies, customers, waiting

    @classmethod
    def of(cls, contents: Iterable[Content]) -> "Presence":
        """Asks for everything that `contents` are about: three queries, however many there are."""
        asked = [content for content in contents if content.kind is not Kind.OTHER]
        policy_nos = {content.subject for content in asked if content.kind is Kind.POLICY}
        customer_nos = {content.customer_no for content in asked if content.kind is not Kind.POLICY}
        policies = Policy.objects.filter(policy_no__in=policy_nos).values_list("policy_no", flat=True)
        customers = Customer.objects.filter(customer_no__in=customer_nos).values_list("customer_no", flat=True)
        waiting = PolicyEvent.objects.filter(
            state=PolicyEvent.State.WAITING_SUBJECT,
            subject_kind__in=Kind.values,
            subject__in={content.subject for content in asked},
        ).values_list("subject_kind", "subject")
        return cls(set(policies), set(customers), set(waiting.distinct()))

    def waits(self, content: Content) -> bool:
        """Whether an event must wait; those that ask later about the same subject then wait, too."""
        if content.kind is Kind.OTHER:
            return False
        if (content.kind, content.subject) in self.waiting:
            return True
        if content.kind is Kind.POLICY:
            known = content.subject in self.policies
        else:
            known = content.customer_no in self.customers
        if not known:
            self.waiting.add((content.kind, content.subject))
        return not known
