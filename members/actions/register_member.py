"""Making an account."""

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation

from members.actions.record_account_event import record_account_event
from members.events import MemberRegistered, member_registered
from members.models import AccountEvent, Member
from members.origin import Origin


def member_with_proven_mobile(*, mobile: str, origin: Origin) -> tuple[Member, bool]:
    """The account of whoever holds this number (E.164, proved by a code), and whether it was made just now.

    Locked until the caller's transaction ends: staff who take the number off wait for the sign-in and end it, or come
    first, and the number opens a new account.
    """
    member = Member.objects.with_mobile(mobile).select_for_update(of=("self",)).first()
    if member:
        return member, False
    try:
        return register_member(mobile=mobile, origin=origin), True
    except IntegrityError:  # two windows at once: the other one has made it
        return Member.objects.with_mobile(mobile).get(), False


@transaction.atomic
def register_member(*, mobile: str, origin: Origin) -> Member:
    """An account without password and level, in the reader's language. Raises IntegrityError where there is one."""
    language = translation.get_language()
    known = language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    member = Member.objects.create_user(mobile, language=known)
    record_account_event(member=member, kind=AccountEvent.Kind.REGISTERED, entrance=origin.entrance)
    member_registered.send(MemberRegistered, fact=MemberRegistered(member_id=member.pk))
    return member
