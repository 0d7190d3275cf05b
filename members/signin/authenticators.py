"""Passkeys, authenticator apps and recovery codes of an account: allauth's rows, our rules for changing them."""

from typing import Any

from allauth.mfa.base.internal.flows import delete_dangling_recovery_codes
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.db import transaction

from members.actions.lock_accounts import lock_accounts
from members.actions.record_account_event import record_account_event
from members.assurance import Context, require_assurance
from members.models import AccountEvent, Member

ACTION = "sign_in.change"
Kind = AccountEvent.Kind


def require_still(member: Member, context: Context) -> None:
    """Locks the account before it asks: whatever revokes every way in comes before or after, never between.

    Raises AssuranceRefused.
    """
    require_assurance(lock_accounts(member.pk)[member.pk], ACTION, context)


@transaction.atomic
def add_passkey(*, member: Member, name: str, credential: dict[str, Any], context: Context) -> Authenticator:
    """`credential` as the browser made it, already verified. Raises AssuranceRefused."""
    require_still(member, context)
    record_account_event(member=member, kind=Kind.PASSKEY_ADDED, entrance=context.entrance)
    return WebAuthn.add(member, name, credential).instance


@transaction.atomic
def add_authenticator_app(*, member: Member, secret: str, context: Context) -> Authenticator:
    """`secret` that the app has proved to know. Raises AssuranceRefused."""
    require_still(member, context)
    record_account_event(member=member, kind=Kind.PASSKEY_ADDED, entrance=context.entrance, type="totp")
    return TOTP.activate(member, secret).instance


@transaction.atomic
def make_recovery_codes(*, member: Member, context: Context) -> list[str]:
    """New codes for the day on which everything else is lost; those before stop working. Raises AssuranceRefused."""
    require_still(member, context)
    Authenticator.objects.filter(user=member, type=Authenticator.Type.RECOVERY_CODES).delete()
    return RecoveryCodes.activate(member).get_unused_codes()


@transaction.atomic
def remove_authenticator(*, member: Member, authenticator: Authenticator, context: Context) -> None:
    """Also the recovery codes when nothing is left that they could stand in for. Raises AssuranceRefused."""
    require_still(member, context)
    record_account_event(member=member, kind=Kind.PASSKEY_REMOVED, entrance=context.entrance, type=authenticator.type)
    authenticator.delete()
    delete_dangling_recovery_codes(member)
