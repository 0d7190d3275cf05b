"""What customers are told about their VIP tier: from a fact to the event of the catalogue and its values."""

from datetime import date

from django.utils import translation
from django.utils.translation import gettext

from benefits.events import TierDowngradeWarned, TierLowered, TierUpgraded
from benefits.models import Tier
from members.models import Customer, Language, Member
from notifications.actions.announce import announce_platform_event


def tell_upgraded(fact: TierUpgraded) -> None:
    announce("membership.tier_upgraded", fact, day=fact.since)


def tell_warned(fact: TierDowngradeWarned) -> None:
    announce("membership.tier_downgrade_warning", fact, day=fact.from_day)


def tell_lowered(fact: TierLowered) -> None:
    announce("membership.tier_changed_down", fact, day=fact.since)


def announce(code: str, fact: TierUpgraded | TierDowngradeWarned | TierLowered, *, day: date) -> None:
    """To the customer, whether they have an account or not."""
    customer = Customer.objects.get(pk=fact.customer_id)
    member = Member.objects.filter(customer=customer, is_active=True).first()
    with translation.override((member and member.language) or customer.language or Language.CHINESE):
        tier_name = str(Tier(fact.tier).label) if fact.tier else gettext("ordinary membership")
    announce_platform_event(
        code=code,
        key=f"tier:{fact.assessment_id}",
        values={"customer_name": customer.name, "tier_name": tier_name, "effective_date": day.isoformat()},
        customer=customer,
    )
