"""What members are told about their accounts: from a fact to the event of the catalogue and its values."""

from django.utils import timezone

from members.models import Customer, LevelGrant, Policy
from notifications.actions.announce import announce_platform_event


def tell_policy_bound(*, grant_id: int) -> None:
    """`verification.policy_bound`, of the newest policy that the member may see now; of none where there is none."""
    grant = LevelGrant.objects.select_related("member__customer").get(pk=grant_id)
    customer = grant.member.customer
    policy = newest_policy(customer) if customer else None
    if policy is None:
        return
    announce_platform_event(
        code="verification.policy_bound",
        key=f"grant:{grant_id}",
        values={
            "policy_no": policy.policy_no,
            "customer_name": grant.member.name,
            "event_time": timezone.localtime(grant.granted_at).isoformat(timespec="seconds"),
        },
        member=grant.member,
        customer=customer,
        occurred_at=grant.granted_at,
    )


def newest_policy(customer: Customer) -> Policy | None:
    return (
        Policy.objects.filter(roles__customer=customer, status__in=Policy.LIVE).order_by("-effective_on", "-pk").first()
    )
