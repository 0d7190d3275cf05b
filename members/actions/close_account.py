"""Leaving: asked for, thought over for a while, taken back by signing in, and done."""

from dataclasses import replace

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from members.actions.give_consent import end_consents
from members.actions.grant_level import revoke_levels
from members.actions.lock_accounts import lock_accounts
from members.actions.record_account_event import record_account_event
from members.actions.record_proof import end_proofs
from members.actions.request_data import ask_for_erasure
from members.assurance import Context, request_hash, require_assurance
from members.closing import ClosureRefused, require_no_obstacles
from members.entrances import Entrance
from members.events import (
    AccountClosed,
    AccountClosureRequested,
    AccountReopened,
    account_closed,
    account_closure_requested,
    account_reopened,
)
from members.models import AccountClosure, AccountEvent, Consent, LevelGrant, Member

log = structlog.get_logger(__name__)
Kind = AccountEvent.Kind


def closure_request(member: Member) -> bytes:
    """What the proof is bound to."""
    return request_hash({"action": "account.close", "member": member.pk})


@transaction.atomic
def request_closure(*, member: Member, context: Context) -> AccountClosure:
    """The account closes after settings.CLOSURE_COOLING_OFF; a second time: the closure that is under way.

    The proof is bound to `closure_request(member)`. Raises AssuranceRefused, ClosureRefused.
    """
    locked = lock_accounts(member.pk)[member.pk]
    if pending := locked.closures.filter(closed_at=None, reopened_at=None).first():
        return pending
    require_no_obstacles(locked)
    require_assurance(locked, "account.close", replace(context, request=closure_request(locked)))
    now = timezone.now()
    closure = AccountClosure.objects.create(
        member=locked, entrance=context.entrance, requested_at=now, due_at=now + settings.CLOSURE_COOLING_OFF
    )
    record_account_event(member=locked, kind=Kind.CLOSURE_REQUESTED, entrance=context.entrance)
    account_closure_requested.send(
        AccountClosureRequested, fact=AccountClosureRequested(member_id=locked.pk, due_at=closure.due_at)
    )
    return closure


def reopen_account(*, member: Member, entrance: Entrance) -> bool:
    """The member came back: whoever signs in keeps the account. False where nothing was under way."""
    # Of nearly everybody, at each sign-in: nothing to wait for.
    return AccountClosure.objects.pending().filter(member=member).exists() and take_closure_back(member, entrance)


@transaction.atomic
def take_closure_back(member: Member, entrance: Entrance) -> bool:
    locked = lock_accounts(member.pk)[member.pk]
    if not AccountClosure.objects.pending().filter(member=locked).update(reopened_at=timezone.now()):
        return False
    record_account_event(member=locked, kind=Kind.REOPENED, entrance=entrance)
    account_reopened.send(AccountReopened, fact=AccountReopened(member_id=locked.pk))
    return True


def close_due_accounts() -> int:
    """Closes every account whose time is over; returns how many. One that something stands against stays for now."""
    closed = 0
    for closure in AccountClosure.objects.due().order_by("pk"):
        try:
            closed += close_account(closure_id=closure.pk, member_id=closure.member_id)
        except ClosureRefused:
            log.warning("closure_put_off", closure=closure.pk)
    return closed


@transaction.atomic
def close_account(*, closure_id: int, member_id: int) -> bool:
    """Ends the account for good and has its personal data erased; False where that is done or taken back."""
    locked = lock_accounts(member_id)[member_id]
    now = timezone.now()
    if not AccountClosure.objects.due(now).filter(pk=closure_id, member=locked).update(closed_at=now):
        return False
    require_no_obstacles(locked)
    entrance = Entrance(AccountClosure.objects.values_list("entrance", flat=True).get(pk=closure_id))
    locked.is_active = False
    locked.save(update_fields=["is_active"])
    revoke_levels(member=locked, because=LevelGrant.Revocation.CLOSED, entrance=entrance)
    end_consents(locked, None, Consent.Ending.CLOSED, entrance)
    end_proofs(locked)
    record_account_event(member=locked, kind=Kind.CLOSED, entrance=entrance)
    account_closed.send(AccountClosed, fact=AccountClosed(member_id=locked.pk))
    ask_for_erasure(member=locked, entrance=entrance)
    return True
