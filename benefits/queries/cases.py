"""What a member is told before asking for a case."""

from django.utils import timezone

from benefits.case_rules import prices_on
from benefits.models import Entitlement, Service, Site
from members.models import Member


def cities_of_kind(service: Service) -> list[str]:
    """Where those have sites to whom a case may go today; empty where the place does not matter, as on the phone."""
    providers = prices_on(timezone.localdate(), service).values("contract__provider")
    sites = Site.objects.filter(is_active=True, provider__in=providers)
    return list(sites.order_by("city").values_list("city", flat=True).distinct())


def usable_today(member: Member, service: Service) -> Entitlement | None:
    """Whose terms are shown: the one that a case would be opened on first, used up or not; None where there is none."""
    if member.customer_id is None:
        return None
    usable = Entitlement.objects.usable(on=timezone.localdate()).filter(customer=member.customer_id, service=service)
    return usable.select_related("allowance").order_by("ends_on", "pk").first()
