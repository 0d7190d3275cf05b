"""Another number for an account, by its member."""

from dataclasses import replace

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from members.actions.cool_account import cool
from members.actions.lock_accounts import lock_accounts
from members.actions.record_account_event import record_account_event
from members.actions.record_proof import end_proofs
from members.actions.revoke_ways_in import revoke_ways_in
from members.assurance import Context, request_hash, require_assurance
from members.events import MobileChanged, mobile_changed
from members.models import AccountEvent, Member, ProvenNumber

Kind = AccountEvent.Kind


class NumberNotProved(Exception):
    """Nobody has proved to hold the number, not here, too long ago, or it has been used up."""


class MobileTaken(Exception):
    """Another account has this number. Said once the number is proved: until then nobody learns who is a member."""


class SameMobile(Exception):
    """It is the account's number already."""


def change_mobile(*, member: Member, proven_id: int, context: Context, lost: bool = False) -> Member:
    """Gives the account the proven number, and lets it cool: nothing risky for settings.COOLING_AFTER_CHANGE.

    `lost`: the old number can't be proved any more, so a face bound to this request is asked for (mobile.recover)
    instead of mobile.change, and every way in ends but the session of the face: whoever has the phone may have come in
    and added some. What was proved in other sessions counts no more; the insurer's record keeps its number until the
    core confirms another. Raises AssuranceRefused, NumberNotProved, SameMobile, MobileTaken.
    """
    try:
        with transaction.atomic():
            return replace_mobile(member, proven_id, context, "mobile.recover" if lost else "mobile.change")
    except IntegrityError as error:  # another account was given the number at the same moment
        if "mobile_index" not in str(error):
            raise
        raise MobileTaken from error


def replace_mobile(member: Member, proven_id: int, context: Context, action: str) -> Member:
    locked = lock_accounts(member.pk)[member.pk]
    if not locked.mobile:  # taken off meanwhile: the account comes back at the counter
        raise NumberNotProved
    proven = use_proven_number(locked, proven_id, context.session)
    require_assurance(locked, action, replace(context, request=mobile_request(action, proven.mobile)))
    if proven.mobile_index == locked.mobile_index:
        raise SameMobile
    if Member.objects.filter(mobile_index=proven.mobile_index).exists():
        raise MobileTaken
    old = locked.mobile
    locked.mobile = proven.mobile
    cool(locked, settings.COOLING_AFTER_CHANGE)
    locked.save(update_fields=["mobile", "mobile_index", "cooling_until"])
    if action == "mobile.recover":
        revoke_ways_in(locked, but_of=context.session)
    else:
        end_proofs(locked, but_of=context.session)
    event = record_account_event(
        member=locked, kind=Kind.PHONE_CHANGED, entrance=context.entrance, recovered=action == "mobile.recover"
    )
    fact = MobileChanged(key=str(event.pk), member_id=locked.pk, old_mobile=old, new_mobile=locked.mobile)
    mobile_changed.send(MobileChanged, fact=fact)
    return locked


def mobile_request(action: str, mobile: str) -> bytes:
    """What a face is bound to that recovers an account: this number (E.164), and no other."""
    return request_hash({"action": action, "mobile": mobile})


def usable_number(member: Member, proven_id: int, session: str) -> ProvenNumber:
    """The number that this member proved in this session, not used up. Raises NumberNotProved."""
    proven = ProvenNumber.objects.usable().filter(pk=proven_id, member=member, session=session).first()
    if proven is None:
        raise NumberNotProved
    return proven


def use_proven_number(member: Member, proven_id: int, session: str) -> ProvenNumber:
    """`usable_number`, used up with the transaction. Raises NumberNotProved."""
    proven = usable_number(member, proven_id, session)
    if not ProvenNumber.objects.usable().filter(pk=proven.pk).update(used_at=timezone.now()):
        raise NumberNotProved
    return proven
