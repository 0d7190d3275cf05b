"""Making one account of two that belong to one person. There is no way back."""

from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from members.actions.change_mobile import usable_number, use_proven_number
from members.actions.give_consent import move_consents
from members.actions.grant_level import revoke_levels
from members.actions.lock_accounts import lock_accounts
from members.actions.raise_membership_events import move_membership_events
from members.actions.record_account_event import record_account_event
from members.actions.record_proof import end_proofs, record_proof
from members.assurance import Context, require_assurance
from members.entrances import Entrance
from members.events import AccountsMerged, accounts_merged
from members.merging import NoOtherAccount, merge_plan, merge_request
from members.models import AccountClosure, AccountEvent, Factor, LevelGrant, Member, ProvenNumber, WeChatBinding

Kind = AccountEvent.Kind


@transaction.atomic
def merge_accounts(*, member: Member, proven_id: int, context: Context) -> Member:
    """Merges the member's account and the one whose number they have proved; returns the one that stays.

    Both are proved for this very merger: the member's by `account.merge` or `account.join` as `merge_plan` decides,
    the other by the code to its number. Bindings and consents move here, whatever packages above keep moves with the
    signal, in this transaction. Levels never add up: those of the account that ends are revoked. Raises
    AssuranceRefused, NumberNotProved, AccountsCannotMerge.
    """
    # First the accounts, then the number, as whoever changes a number: no two wait crosswise.
    other_id = other_account_id(member, usable_number(member, proven_id, context.session))
    locked = lock_accounts(member.pk, other_id)
    mine, other = locked[member.pk], locked[other_id]
    proven = use_proven_number(member, proven_id, context.session)
    if not mine.mobile or other.mobile_index != proven.mobile_index:  # a number went elsewhere while we waited
        raise NoOtherAccount
    plan = merge_plan(mine, other)
    about = replace(context, request=merge_request(mine, other))
    record_proof(
        member=other,
        factor=Factor.CODE,
        session=context.session,
        entrance=context.entrance,
        request=about.request,
        evidence=f"proven_number:{proven.pk}",
    )
    require_assurance(plan.kept, "account.merge", about)
    require_assurance(plan.closed, "account.join", about)
    join_accounts(kept=plan.kept, closed=plan.closed, entrance=context.entrance)
    return plan.kept


def join_accounts(*, kept: Member, closed: Member, entrance: Entrance) -> None:
    """Moves what `closed` has to `kept`, and ends it. Whoever calls has locked both and asked whether it may be."""
    WeChatBinding.objects.filter(member=closed).update(member=kept)
    move_consents(closed=closed, kept=kept, entrance=entrance)
    move_membership_events(closed=closed, kept=kept)
    close_merged(closed, kept, entrance)
    record_account_event(member=kept, kind=Kind.MERGED, entrance=entrance, closed=closed.pk)
    accounts_merged.send(AccountsMerged, fact=AccountsMerged(kept_id=kept.pk, closed_id=closed.pk))
    # Last, for it changes keys: whoever has locked what hangs on the account, such as its points, wants them at the
    # commit, and must not wait there for us while we wait for them.
    forget_person(closed)


def other_account_id(member: Member, proven: ProvenNumber) -> int:
    """Whose number was proved. Raises NoOtherAccount."""
    found = (
        Member.objects.filter(mobile_index=proven.mobile_index)
        .exclude(pk=member.pk)
        .values_list("pk", flat=True)
        .first()
    )
    if found is None:
        raise NoOtherAccount
    return found


def close_merged(closed: Member, kept: Member, entrance: Entrance) -> None:
    """Ends the account that goes into another; its history stays."""
    revoke_levels(member=closed, because=LevelGrant.Revocation.MERGED, entrance=entrance)
    end_proofs(closed)
    now = timezone.now()
    AccountClosure.objects.create(member=closed, entrance=entrance, due_at=now, closed_at=now, merged_into=kept)
    record_account_event(member=closed, kind=Kind.MERGED, entrance=entrance, kept=kept.pk)


def forget_person(member: Member) -> None:
    """Takes from an account whatever says who it was; its number is free again, and nobody signs in to it."""
    member.mobile, member.name, member.email, member.customer, member.is_active = "", "", None, None, False
    member.set_unusable_password()
    member.save(update_fields=["mobile", "mobile_index", "name", "email", "customer", "is_active", "password"])
