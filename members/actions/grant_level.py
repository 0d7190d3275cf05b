"""Granting and revoking levels."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from members.actions.lock_accounts import lock_accounts
from members.actions.record_account_event import record_account_event
from members.entrances import Entrance
from members.events import LevelChanged, level_changed
from members.models import AccountEvent, Level, LevelGrant, Member
from members.models.level import ADVANCED_LASTS

Kind, Method, Revocation = AccountEvent.Kind, LevelGrant.Method, LevelGrant.Revocation


class AccountNotActive(Exception):
    """The account is closed, or blocked."""


@transaction.atomic
def grant_level(
    *,
    member: Member,
    level: Level,
    method: LevelGrant.Method,
    evidence: str,
    entrance: Entrance,
    granted_by: Member | None = None,
    seconded_by: Member | None = None,
) -> LevelGrant:
    """A live grant of `level`; the advanced one lasts a year.

    Raises AccountNotActive; django.db.IntegrityError where the database refuses it: the advanced level by one person's
    hand.
    """
    # Locked, so that a level on its way and a block never miss each other.
    if not lock_accounts(member.pk)[member.pk].is_active:
        raise AccountNotActive
    now = timezone.now()
    grant = LevelGrant.objects.create(
        member=member,
        level=level,
        method=method,
        evidence=evidence,
        entrance=entrance,
        granted_by=granted_by,
        seconded_by=seconded_by,
        granted_at=now,
        expires_at=now + ADVANCED_LASTS if level == Level.ADVANCED else None,
    )
    record_account_event(
        member=member, kind=Kind.LEVEL_GRANTED, entrance=entrance, by=granted_by, level=int(level), method=method
    )
    level_changed.send(LevelChanged, fact=LevelChanged(member_id=member.pk))
    return grant


@transaction.atomic
def revoke_levels(
    *,
    member: Member,
    because: LevelGrant.Revocation,
    entrance: Entrance,
    levels: Collection[Level] = (Level.VERIFIED, Level.ADVANCED),
    by: Member | None = None,
) -> int:
    """Ends all live grants of these levels at once; returns how many. A second time it ends none."""
    ended = (
        LevelGrant.objects.live()
        .filter(member=member, level__in=levels)
        .update(revoked_at=timezone.now(), revocation=because, revoked_by=by)
    )
    if ended:
        record_account_event(
            member=member,
            kind=Kind.LEVEL_REVOKED,
            entrance=entrance,
            by=by,
            levels=sorted(int(level) for level in levels),
            because=because,
        )
        level_changed.send(LevelChanged, fact=LevelChanged(member_id=member.pk))
    return ended
