"""What the demo's tiers and policies give: of the day on which it is prepared; the nightly task goes on from there."""

from django.utils import timezone

from benefits.actions.refresh_entitlements import refresh_entitlements


def give_benefits() -> None:
    refresh_entitlements(customer_ids=None, on=timezone.localdate())
