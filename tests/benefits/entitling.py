"""People with a tier or a policy, and what they are then entitled to."""

from datetime import date, timedelta

from benefits.actions.refresh_entitlements import Refreshed, refresh_entitlements
from benefits.models import Entitlement, Tier, TierPeriod
from members.models import Customer, Policy, PolicyRole
from tests.factories import PolicyFactory, ProductFactory

#: Further from the year's end than anything is booked ahead.
DAY = date(2026, 8, 29)


def give_tier(customer: Customer, tier: Tier | None, *, on: date = DAY) -> None:
    """From that day on; None takes it away."""
    TierPeriod.objects.filter(customer=customer, ended_on=None).update(ended_on=on)
    if tier:
        TierPeriod.objects.create(
            customer=customer, tier=tier, starts_on=on, valid_to=on + timedelta(days=365), cause="monthly"
        )


def insure(customer: Customer, product_code: str = "CI_LIFE", **policy: object) -> Policy:
    made = PolicyFactory(product=ProductFactory(product_code=product_code), **policy)
    PolicyRole.objects.create(policy=made, customer=customer, role=PolicyRole.Role.INSURED, relation="self")
    return made


def refresh(*customers: Customer, on: date = DAY) -> Refreshed:
    return refresh_entitlements(customer_ids=[customer.pk for customer in customers], on=on)


def of(customer: Customer, code: str, *, on: date = DAY) -> Entitlement:
    """The one entitlement to that service that covers the day, withdrawn or not."""
    return Entitlement.objects.get(customer=customer, service__code=code, starts_on__lte=on, ends_on__gte=on)


def usable(customer: Customer, *, on: date = DAY) -> dict[str, int | None]:
    """Service → quota."""
    return dict(customer.entitlements.usable(on=on).values_list("service__code", "quota"))
