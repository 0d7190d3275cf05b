"""A guardian's consent to a child's account and face: with their own account, or before staff at the counter."""

from django.db import transaction

from members.actions.give_consent import end_consent, record_consent
from members.actions.serve_member import must_serve
from members.assurance import Context, require_assurance
from members.consents import current_version
from members.entrances import Entrance
from members.minors import NotAGuardian, guardian_of
from members.models import Consent, Language, Member

GUARDIAN = Consent.Kind.GUARDIAN


@transaction.atomic
def agree_for_child(*, child: Member, guardian: Member, version: int, language: str, context: Context) -> Consent:
    """`guardian` agrees by their own account; a second time: the same row.

    Whoever calls makes sure that the guardian has the child's phone at hand. Raises AssuranceRefused, NotAGuardian,
    NoSuchText, TextOutdated.
    """
    require_assurance(guardian, "guardian.agree", context)
    known = guardian_of(child, guardian)
    return record_consent(child, GUARDIAN, version, language, context.entrance, guardian=known)


@transaction.atomic
def take_guardian_consent(*, child: Member, by: Member) -> Consent:
    """Staff at the counter have seen the papers and the guardian, who agreed to the words in force.

    Raises PermissionDenied, OwnAccount, AccountOfStaff.
    """
    must_serve(by, "verify_member", child)
    return record_consent(child, GUARDIAN, current_version(GUARDIAN), Language.CHINESE, Entrance.COUNTER, by=by)


@transaction.atomic
def end_guardian_consent(*, child: Member, by: Member) -> bool:
    """Staff at the counter have seen the papers and the guardian, who takes back what was agreed to, here or online.

    False where nothing was. Raises PermissionDenied, OwnAccount, AccountOfStaff.
    """
    must_serve(by, "verify_member", child)
    return end_consent(child, GUARDIAN, Entrance.COUNTER, by=by)


@transaction.atomic
def take_back_for_child(*, child: Member, guardian: Member, context: Context) -> bool:
    """Ends what this guardian agreed to, at once. Raises AssuranceRefused (the guardian), NotAGuardian."""
    require_assurance(guardian, "consent.withdraw", context)
    if not Consent.objects.of_guardian(guardian).filter(member=child).exists():
        raise NotAGuardian
    return end_consent(child, GUARDIAN, context.entrance)
