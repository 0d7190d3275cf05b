"""A member who has lost their number, and whom no camera can recognise: two of the staff give the account back.

One takes the lost number off the account. The member signs up with the new number, shows the document at a counter, and
somebody else of the staff verifies them there: the account comes back with the new number.
"""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from members.actions.change_mobile import release_mobile
from members.actions.decide_policy_change import SamePerson
from members.actions.lock_accounts import lock_accounts
from members.actions.merge_accounts import join_accounts
from members.actions.record_account_event import record_account_event
from members.actions.revoke_ways_in import revoke_ways_in
from members.actions.serve_member import must_serve, record_number
from members.entrances import Entrance
from members.events import MobileChanged, mobile_changed
from members.merging import NoOtherAccount, merge_plan
from members.models import AccountEvent, Customer, Member

Kind = AccountEvent.Kind


class NoNumber(Exception):
    """The account has no number that could be taken off."""


@transaction.atomic
def take_number_off(*, member: Member, evidence: str, entrance: Entrance, by: Member) -> None:
    """The account loses its number and levels; nobody signs in to it by code any more.

    `evidence`: the number of the record of what was shown. Raises PermissionDenied, OwnAccount, AccountOfStaff,
    NotARecordNumber, NoNumber.
    """
    must_serve(by, "review_member", member)
    if not release_mobile(member=member, entrance=entrance, by=by, record=record_number(evidence)):
        raise NoNumber


def account_without_number(customer: Customer) -> Member | None:
    """The customer's account, where it has lost its number."""
    return Member.objects.filter(customer=customer, mobile_index=None, is_active=True).first()


@transaction.atomic
def give_account_back(*, lost: Member, new: Member, by: Member) -> Member:
    """`lost` gets the number and all else of `new`, which ends; it cools, and what opened it before opens it no more.

    Whoever calls has seen the document of the person whom `lost` belongs to. Raises SamePerson (who took the number off
    gives nothing back), AccountsCannotMerge.
    """
    locked = lock_accounts(lost.pk, new.pk)
    kept, closed = locked[lost.pk], locked[new.pk]
    if kept.mobile or not closed.mobile:
        raise NoOtherAccount
    released = AccountEvent.objects.filter(member=kept, kind=Kind.PHONE_RELEASED).order_by("-pk").first()
    if released and released.by_id == by.pk:
        raise SamePerson
    merge_plan(kept, closed)
    mobile = closed.mobile
    revoke_ways_in(kept)  # whoever had the lost number may have signed in with it, and added what they liked
    join_accounts(kept=kept, closed=closed, entrance=Entrance.COUNTER)
    kept.mobile, kept.cooling_until = mobile, timezone.now() + settings.COOLING_AFTER_CHANGE
    kept.save(update_fields=["mobile", "mobile_index", "cooling_until"])
    event = record_account_event(member=kept, kind=Kind.PHONE_CHANGED, entrance=Entrance.COUNTER, by=by, recovered=True)
    fact = MobileChanged(key=str(event.pk), member_id=kept.pk, old_mobile="", new_mobile=mobile)
    mobile_changed.send(MobileChanged, fact=fact)
    return kept
