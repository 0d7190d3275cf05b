"""What points does about its own facts, and about members'."""

from django.db import transaction
from django.dispatch import receiver

from members.events import AccountsMerged, accounts_merged
from points.events import RewardRedeemed, reward_redeemed
from points.models import Redemption
from points.tasks import nudge_redemption


@receiver(reward_redeemed)
def begin_to_fulfil(fact: RewardRedeemed, **_: object) -> None:
    transaction.on_commit(lambda: nudge_redemption(fact.redemption_id))


@receiver(accounts_merged)
def move_redemptions(fact: AccountsMerged, **_: object) -> None:
    """Whoever redeemed sees their codes on, and a limit counts what the person had on both accounts."""
    Redemption.objects.filter(member=fact.closed_id).update(member=fact.kept_id)
