"""How much of what is given is used: by service, and by the tier or product that gives it."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Sum

from benefits.models import Entitlement, Service, Tier


@dataclass(frozen=True)
class Usage:
    """`giver`: a tier, a product's code, or "grant" for what staff gave. `quota`: None where there is no end."""

    service: Service
    giver: str
    customers: int
    quota: int | None
    booked: int
    used: int

    @property
    def percent_used(self) -> int | None:
        return 100 * self.used // self.quota if self.quota else None


GRANT = "grant"


def usage_of(*, on: date) -> list[Usage]:
    """Of the benefit years that the day lies in, withdrawn ones too: by service, tiers in rising order, products."""
    services = Service.objects.in_bulk()
    counted = (
        Entitlement.objects.filter(starts_on__lte=on, ends_on__gte=on)
        .values_list("service", "source", "allowance__tier", "allowance__product_code")
        .annotate(Count("customer", distinct=True), Sum("quota"), Sum("held"), Sum("used"))
        .order_by()
    )
    found: dict[tuple[int, str], Usage] = {}
    for service_id, source, tier, product_code, customers, quota, booked, used in counted:
        giver = GRANT if source == Entitlement.Source.GRANT else tier or product_code
        before = found.get((service_id, giver))
        if before:  # on the terms of different tiers
            customers, booked, used = customers + before.customers, booked + before.booked, used + before.used
            quota = (quota or 0) + (before.quota or 0)
        found[service_id, giver] = Usage(services[service_id], giver, customers, quota, booked, used)
    return sorted(found.values(), key=lambda usage: (usage.service.pk, place(usage.giver)))


def place(giver: str) -> tuple[int, str]:
    return (Tier(giver).rank, "") if giver in Tier.values else (len(Tier) + 1 + (giver == GRANT), giver)
