"""A member who has lost their number, and whom no camera can recognise: two of the staff give the account back.

One takes the lost number off the account. The member signs up with the new number, shows the document at a counter, and
somebody else of the staff verifies them there: the account comes back with the new number.
"""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from members.actions.close_account import reopen_account
from members.actions.cool_account import cool
from members.actions.grant_level import AccountNotActive, revoke_levels
from members.actions.lock_accounts import lock_accounts
from members.actions.merge_accounts import join_accounts
from members.actions.record_account_event import record_account_event
from members.actions.revoke_ways_in import revoke_ways_in
from members.actions.serve_member import must_serve, record_number
from members.entrances import Entrance
from members.events import MobileChanged, NumberTakenOff, mobile_changed, number_taken_off
from members.merging import NoOtherAccount, merge_plan
from members.models import AccountEvent, Customer, LevelGrant, LostNumber, Member
from members.queries import is_closed

Kind = AccountEvent.Kind


class NoNumber(Exception):
    """The account has no number: there is none to take off, and nobody can sign in to it."""


class NotLinked(Exception):
    """The insurer knows no customer by this account: no document could bring it back."""


class SameGiver(Exception):
    """Whoever took the number off gives nothing back."""


@transaction.atomic
def take_number_off(*, member: Member, evidence: str, entrance: Entrance, by: Member) -> LostNumber:
    """The account loses its number, its levels, and whatever else opened it: only the counter gives it back.

    A blocked account loses its number, too: the phone may be what was stolen. One that was about to close is kept, as
    its member couldn't sign in to keep it. The number is free for another account.
    `evidence`: the number of the record of what was shown. Raises PermissionDenied, OwnAccount, AccountOfStaff,
    NotARecordNumber, AccountNotActive (it is closed), NoNumber, NotLinked.
    """
    must_serve(by, "review_member", member)
    record = record_number(evidence)
    locked = lock_accounts(member.pk)[member.pk]
    if is_closed(locked):
        raise AccountNotActive
    if not locked.mobile:
        raise NoNumber
    if not locked.customer_id:
        raise NotLinked
    mobile, locked.mobile = locked.mobile, ""
    cool(locked, settings.COOLING_AFTER_CHANGE)
    locked.save(update_fields=["mobile", "mobile_index", "cooling_until"])
    reopen_account(member=locked, entrance=entrance)
    revoke_levels(member=locked, because=LevelGrant.Revocation.PHONE_REASSIGNED, entrance=entrance, by=by)
    revoke_ways_in(locked)  # whoever has the number may have signed in with it, and added what they liked
    lost = LostNumber.objects.create(member=locked, evidence=record, taken_off_by=by)
    record_account_event(member=locked, kind=Kind.PHONE_RELEASED, entrance=entrance, by=by, record=record)
    fact = NumberTakenOff(key=str(lost.pk), member_id=locked.pk, mobile=mobile)
    number_taken_off.send(NumberTakenOff, fact=fact)
    return lost


def account_without_number(customer: Customer) -> Member | None:
    """The customer's account, where its number was taken off."""
    lost = LostNumber.objects.filter(member__customer=customer, given_back_at=None).select_related("member").first()
    return lost.member if lost else None


@transaction.atomic
def give_account_back(*, lost: Member, new: Member, by: Member) -> Member:
    """`lost` gets the number and all else of `new`, which ends; it cools.

    Whoever calls has seen the document of the person whom `lost` belongs to. Raises AccountNotActive (of either),
    SameGiver, AccountsCannotMerge.
    """
    locked = lock_accounts(lost.pk, new.pk)
    kept, closed = locked[lost.pk], locked[new.pk]
    if not (kept.is_active and closed.is_active):
        raise AccountNotActive
    loss = kept.lost_numbers.filter(given_back_at=None).first()
    if loss is None or not closed.mobile:
        raise NoOtherAccount
    if loss.taken_off_by_id == by.pk:
        raise SameGiver
    merge_plan(kept, closed)
    mobile = closed.mobile
    join_accounts(kept=kept, closed=closed, entrance=Entrance.COUNTER)
    kept.mobile = mobile
    cool(kept, settings.COOLING_AFTER_CHANGE)
    kept.save(update_fields=["mobile", "mobile_index", "cooling_until"])
    loss.given_back_by, loss.given_back_at = by, timezone.now()
    loss.save(update_fields=["given_back_by", "given_back_at"])
    event = record_account_event(member=kept, kind=Kind.PHONE_CHANGED, entrance=Entrance.COUNTER, by=by, recovered=True)
    fact = MobileChanged(key=str(event.pk), member_id=kept.pk, old_mobile="", new_mobile=mobile)
    mobile_changed.send(MobileChanged, fact=fact)
    return kept
