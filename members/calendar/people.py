"""The one type that hangs on a person: an identity document that expires."""

from collections.abc import Iterator
from typing import Any

from django.db.models import F, OuterRef, Subquery

from members.calendar.finding import Span, cloud_event, falling_due, pages
from members.calendar.forms import UNKNOWN, masked_id
from members.models import Customer, Policy, PolicyRole

ID_EXPIRING = "policy_admin.id_expiring"


def id_expiring_events(span: Span) -> Iterator[list[dict[str, Any]]]:
    """Once per person who holds, or is insured by, a live policy, in batches.

    The event is about one of those policies (one of their own, if any, and then the oldest); `customer_no` says whose
    document it is.
    """
    live_roles = PolicyRole.objects.filter(
        customer=OuterRef("pk"),
        role__in=(PolicyRole.Role.POLICYHOLDER, PolicyRole.Role.INSURED),
        policy__status__in=Policy.LIVE,
    )
    # "policyholder" comes after "insured".
    policy_no = live_roles.order_by("-role", "policy__effective_on", "policy_id").values("policy__policy_no")[:1]
    people = Customer.objects.filter(deceased_on=None).annotate(policy_no=Subquery(policy_no))
    due = falling_due(people, ID_EXPIRING, anchor=F("id_valid_to"), key="customer_no", span=span)
    for page in pages(due.filter(policy_no__isnull=False)):
        yield [event_of(person) for person in page]


def event_of(person: Any) -> dict[str, Any]:
    data = {
        "policy_no": person.policy_no,
        "customer_no": person.customer_no,
        "customer_name": person.name,
        "id_no": masked_id(person.id_no) if person.id_no else UNKNOWN,
        "expiry_date": person.anchor.isoformat(),
    }
    return cloud_event(ID_EXPIRING, key=person.customer_no, subject=person.policy_no, anchor=person.anchor, data=data)
