"""What points does about its own facts, and about what the package below tells by signal."""

from typing import Any

from django.db import transaction
from django.dispatch import receiver

from members.events import (
    AccountClosed,
    AccountsMerged,
    IdentityVerified,
    LevelChanged,
    MemberRegistered,
    MembershipEventRaised,
    WeChatLinked,
    account_closed,
    accounts_merged,
    identity_verified,
    level_changed,
    member_registered,
    membership_event_raised,
    wechat_linked,
)
from points.actions.earn_points import earn_points
from points.actions.forfeit_points import forfeit_points
from points.actions.merge_points import merge_points
from points.actions.move_payments import move_payments
from points.earning import kept_facts
from points.events import RewardRedeemed, reward_redeemed
from points.models import Redemption
from points.tasks import nudge_redemption


@receiver(member_registered)
def earn_for_registering(fact: MemberRegistered, **_: Any) -> None:
    earn_points(facts=kept_facts.registrations([fact.member_id]))


@receiver(wechat_linked)
def earn_for_wechat(fact: WeChatLinked, **_: Any) -> None:
    earn_points(facts=kept_facts.links([fact.key]))


@receiver(membership_event_raised)
def earn_for_membership_event(fact: MembershipEventRaised, **_: Any) -> None:
    earn_points(facts=kept_facts.membership_events([fact.event_id]))


@receiver(identity_verified)
def earn_for_being_verified(fact: IdentityVerified, **_: Any) -> None:
    earn_points(facts=kept_facts.grants([fact.grant_id]))


@receiver(level_changed)
def earn_for_the_advanced_level(fact: LevelChanged, **_: Any) -> None:
    """By a face, by two people, at the counter: whichever way, it was granted."""
    earn_points(facts=kept_facts.advanced_grants_of(fact.member_id))


@receiver(accounts_merged)
def move_redemptions(fact: AccountsMerged, **_: Any) -> None:
    """Whoever redeemed sees their codes on, and a limit counts what the person had on both accounts.

    Before the points move: a redemption that ends locks itself first, too.
    """
    Redemption.objects.filter(member=fact.closed_id).update(member=fact.kept_id)


@receiver(accounts_merged)
def move_points_to_the_kept_account(fact: AccountsMerged, **_: Any) -> None:
    merge_points(kept_id=fact.kept_id, closed_id=fact.closed_id)


@receiver(account_closed)
def forfeit_points_of_the_closed_account(fact: AccountClosed, **_: Any) -> None:
    forfeit_points(member_id=fact.member_id)


@receiver(accounts_merged)
def move_payments_to_the_kept_account(fact: AccountsMerged, **_: Any) -> None:
    move_payments(kept_id=fact.kept_id, closed_id=fact.closed_id)


@receiver(reward_redeemed)
def begin_to_fulfil(fact: RewardRedeemed, **_: Any) -> None:
    transaction.on_commit(lambda: nudge_redemption(fact.redemption_id))
