"""The days for which a tier was kept are over: it falls to what is reached, or is renewed after all."""

from datetime import date

from benefits.actions.assess_shard import assess, terms_in_force
from benefits.models import TierPeriod

CUSTOMERS_AT_ONCE = 2_000


def end_buffers(*, on: date) -> int:
    """How many customers were looked at; once more finds none. Raises NoTierTerms."""
    over = TierPeriod.objects.filter(ended_on=None, buffer_to__lt=on).order_by("customer")
    looked_at, after, terms = 0, 0, terms_in_force(on)
    while customers := list(over.filter(customer__gt=after).values_list("customer", flat=True)[:CUSTOMERS_AT_ONCE]):
        assess(customers, on=on, terms=terms, cause=TierPeriod.Cause.BUFFER_OVER)
        looked_at, after = looked_at + len(customers), customers[-1]
    return looked_at
