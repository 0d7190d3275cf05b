"""Staff send a member a code; the member types it in where they are signed in, and goes on alone.

A code and no link: members are told that our messages never hold one (docs/decisions/002-service-codes.md).
"""

from datetime import timedelta
from secrets import randbelow

from django.db import transaction
from django.utils import timezone

from members.actions.count_attempt import Limit, count_attempts
from members.actions.grant_level import AccountNotActive
from members.actions.lock_accounts import lock_accounts
from members.actions.lost_number import NoNumber
from members.actions.record_account_event import record_account_event
from members.actions.serve_member import must_serve
from members.crypto import keyed_hash
from members.entrances import Entrance
from members.events import ServiceCodeSent, service_code_sent
from members.models import AccountEvent, Member, ServiceCode
from members.models.service_code import CODE_LASTS

PER_ACCOUNT = Limit("service_code", 5, timedelta(minutes=15))


class CodeUnusable(Exception):
    """Another member's, used, expired, or never sent: nobody is told which."""


@transaction.atomic
def send_service_code(*, member: Member, purpose: ServiceCode.Purpose, entrance: Entrance, by: Member) -> ServiceCode:
    """Six digits to the member's own number; the one sent before ends.

    The code is in the signal and nowhere else. Raises PermissionDenied, OwnAccount, AccountOfStaff, AccountNotActive,
    NoNumber.
    """
    must_serve(by, "invite_member", member)
    locked = lock_accounts(member.pk)[member.pk]
    if not locked.is_active:
        raise AccountNotActive
    if not locked.mobile:
        raise NoNumber
    now, code = timezone.now(), f"{randbelow(1_000_000):06d}"
    ServiceCode.objects.filter(member=member, used_at=None).update(used_at=now)
    sent = ServiceCode.objects.create(
        member=member,
        purpose=purpose,
        code_hash=hash_of(member, code),
        entrance=entrance,
        sent_by=by,
        sent_at=now,
        expires_at=now + CODE_LASTS,
    )
    record_account_event(
        member=member,
        kind=AccountEvent.Kind.CODE_SENT,
        entrance=entrance,
        by=by,
        purpose=ServiceCode.Purpose(purpose).value,
    )
    service_code_sent.send(ServiceCodeSent, fact=ServiceCodeSent(service_code_id=sent.pk, code=code))
    return sent


def use_service_code(*, member: Member, code: str) -> ServiceCode:
    """What staff asked this member to do, used up by this; for a member who is signed in.

    Counted, so not in a transaction of the caller's. Raises TooManyAttempts, CodeUnusable.
    """
    count_attempts(subjects={PER_ACCOUNT: str(member.pk)})
    sent = (
        ServiceCode.objects.filter(
            member=member,
            member__is_active=True,
            code_hash=hash_of(member, code.strip()),
            expires_at__gt=timezone.now(),
        )
        .order_by("-pk")
        .first()
    )
    # Asked and marked in one statement on the row itself (no join, which Django makes a subquery that is not looked at
    # again after waiting): of two who type it at once, one gets through.
    if sent is None or not ServiceCode.objects.filter(pk=sent.pk, used_at=None).update(used_at=timezone.now()):
        raise CodeUnusable
    return sent


def hash_of(member: Member, code: str) -> bytes:
    return keyed_hash(f"{member.pk}:{code}".encode(), "service_code")
