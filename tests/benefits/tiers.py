"""Policyholders with policies, and their assessment by the rules in force."""

from datetime import date
from decimal import Decimal

from benefits.actions.assess_shard import assess, terms_in_force
from benefits.models import TierPeriod
from members.models import Customer, Policy, Product
from tests.factories import CustomerFactory, PolicyFactory, ProductFactory

Cause = TierPeriod.Cause
PAST = date(2024, 3, 28)


def policy_of(customer: Customer, premium: object = 30_000, *, short: bool = False, **other: object) -> Policy:
    """In force and past its cooling-off, with 20 yearly premiums."""
    about: dict[str, object] = {"cooling_off_ends_on": PAST}
    if short:
        about |= {"product": ProductFactory(product_code="PA_DRIVE", term=Product.Term.SHORT)}
    return PolicyFactory(policyholder=customer, premium=Decimal(str(premium)), **about | other)


def holder(*premiums: object, **other: object) -> Customer:
    """A customer with a policy for each of these premiums."""
    customer = CustomerFactory(**other)
    for premium in premiums:
        policy_of(customer, premium)
    return customer


def assessed(customer: Customer, on: date, cause: TierPeriod.Cause = Cause.POLICY_CHANGE) -> TierPeriod | None:
    """The tier that the customer has after an assessment as of that day."""
    assess([customer.pk], on=on, terms=terms_in_force(on), cause=cause)
    return TierPeriod.objects.filter(customer=customer, ended_on=None).first()


def pays(policy: Policy, premium: object) -> None:
    """From now on so much."""
    Policy.objects.filter(pk=policy.pk).update(premium=Decimal(str(premium)))


def history(customer: Customer) -> list[tuple[str, str, str]]:
    """(day, outcome, tier after) of every assessment that was kept."""
    kept = customer.tier_assessments.order_by("pk").values_list("assessed_on", "outcome", "after")
    return [(str(day), outcome, after) for day, outcome, after in kept]
