"""What a member is told before asking for a case."""

from django.utils import timezone

from benefits.models import Entitlement, Service, Site
from members.models import Member


def cities_of(service: Service) -> list[str]:
    """Where active providers of its kind have sites; empty where the place does not matter, as on the phone."""
    sites = Site.objects.filter(is_active=True, provider__is_active=True, provider__kind=service.partner_kind)
    return sorted(set(sites.values_list("city", flat=True)))


def usable_today(member: Member, service: Service) -> Entitlement | None:
    """Whose terms are shown: the one that a case would be opened on first, used up or not; None where there is none."""
    if member.customer_id is None:
        return None
    usable = Entitlement.objects.usable(on=timezone.localdate()).filter(customer=member.customer_id, service=service)
    return usable.select_related("allowance").order_by("ends_on", "pk").first()
