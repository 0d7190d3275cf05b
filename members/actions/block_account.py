"""Blocking an account on suspicion of fraud: at once, by one person; unblocking takes two."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from members.actions.cool_account import cool
from members.actions.grant_level import AccountNotActive, revoke_levels
from members.actions.lock_accounts import lock_accounts
from members.actions.record_account_event import record_account_event
from members.actions.revoke_ways_in import revoke_ways_in
from members.actions.serve_member import must_serve
from members.entrances import Entrance
from members.models import AccountBlock, AccountEvent, LevelGrant, Member

#: After an unblocking nothing risky for three days: time for the real member to see what happened, and to call.
COOLS_AFTER_RELEASE = timedelta(hours=72)


class NotBlocked(Exception):
    """No block is open, or nobody has proposed to lift it."""


class SameReleaser(Exception):
    """Whoever proposes to unblock does not decide."""


@transaction.atomic
def block_account(*, member: Member, reason: AccountBlock.Reason, entrance: Entrance, by: Member) -> AccountBlock:
    """Ends every session, level and way into the account, and lets nobody sign in.

    After a release only a code on the member's phone opens it.

    Raises PermissionDenied, OwnAccount, AccountOfStaff, AccountNotActive.
    """
    must_serve(by, "block_member", member)
    locked = lock_accounts(member.pk)[member.pk]
    if not locked.is_active:
        raise AccountNotActive
    block = AccountBlock.objects.create(member=locked, reason=reason, entrance=entrance, blocked_by=by)
    locked.is_active = False
    locked.save(update_fields=["is_active"])
    revoke_ways_in(locked)
    revoke_levels(member=locked, because=LevelGrant.Revocation.FRAUD, entrance=entrance, by=by)
    record_account_event(member=locked, kind=AccountEvent.Kind.BLOCKED, entrance=entrance, by=by, reason=reason)
    return block


@transaction.atomic
def propose_release(*, member: Member, finding: str, by: Member) -> AccountBlock:
    """What was found, for a second person to decide on; another proposal takes its place.

    Raises PermissionDenied, OwnAccount, AccountOfStaff, NotBlocked.
    """
    must_serve(by, "release_member", member)
    block = open_block(member)
    block.finding, block.release_proposed_by = finding, by
    block.save(update_fields=["finding", "release_proposed_by"])
    return block


@transaction.atomic
def decide_release(*, member: Member, release: bool, entrance: Entrance, by: Member) -> AccountBlock:
    """Unblocks the account, cooling, without the levels it had; or sends the proposal back.

    Raises PermissionDenied, OwnAccount, AccountOfStaff, NotBlocked, SameReleaser.
    """
    must_serve(by, "release_member", member)
    block = open_block(member)
    if block.release_proposed_by_id is None:
        raise NotBlocked
    if block.release_proposed_by_id == by.pk:
        raise SameReleaser
    if not release:
        block.release_proposed_by = None
        block.save(update_fields=["release_proposed_by"])
        return block
    block.released_by, block.released_at = by, timezone.now()
    block.save(update_fields=["released_by", "released_at"])
    blocked = block.member
    blocked.is_active = True
    cool(blocked, COOLS_AFTER_RELEASE)
    blocked.save(update_fields=["is_active", "cooling_until"])
    record_account_event(member=member, kind=AccountEvent.Kind.UNBLOCKED, entrance=entrance, by=by)
    return block


def open_block(member: Member) -> AccountBlock:
    """Locked together with its account, so that two decisions never cross."""
    locked = lock_accounts(member.pk)[member.pk]
    block = locked.blocks.filter(released_at=None).first()
    if block is None:
        raise NotBlocked
    return block
