"""A member's password: an option, never needed."""

from django.db import transaction

from members.actions.lock_accounts import lock_accounts
from members.actions.record_account_event import record_account_event
from members.assurance import Context, require_assurance
from members.models import AccountEvent, Member


@transaction.atomic
def set_password(*, member: Member, password: str, context: Context) -> None:
    """Sets or changes it; other devices are signed out, as their sessions hang on the old one.

    The one before isn't asked for: a code or passkey of the last minutes proves more. Raises AssuranceRefused.
    """
    locked = lock_accounts(member.pk)[member.pk]  # before asking: a block that comes at the same moment has its way
    require_assurance(locked, "sign_in.change", context)
    locked.set_password(password)
    locked.save(update_fields=["password"])
    member.password = locked.password
    record_account_event(member=locked, kind=AccountEvent.Kind.PASSWORD_SET, entrance=context.entrance)
