"""What holds whenever staff do something at a member's file."""

import re

from django.core.exceptions import PermissionDenied

from members.entrances import Entrance
from members.models import Member

#: Where staff serve members.
STAFF_ENTRANCES = (Entrance.COUNTER, Entrance.HOTLINE, Entrance.VIDEO_CALL)
#: Letters first, so that neither a phone nor a document number passes for the number of a record.
RECORD = re.compile(r"[A-Z]{2,}[A-Z0-9]*(-[A-Z0-9]+)+")


class OwnAccount(Exception):
    """Nobody serves themselves."""


class AccountOfStaff(Exception):
    """Accounts of staff are looked after by those who gave them their role."""


class NotARecordNumber(ValueError):
    """Evidence is named by the number of its record, as COUNTER-2026-0042."""


def must_serve(by: Member, permission: str, member: Member, package: str = "members") -> None:
    """Raises PermissionDenied, OwnAccount, AccountOfStaff unless `by` may do this (codename) at this account.

    `package`: whose permission it is.
    """
    if not by.has_perm(f"{package}.{permission}"):
        raise PermissionDenied
    if by.pk == member.pk:
        raise OwnAccount
    if member.is_staff:
        raise AccountOfStaff


def record_number(text: str) -> str:
    """The number of a record in its normal form. Raises NotARecordNumber."""
    number = text.strip().upper()
    if not RECORD.fullmatch(number) or len(number) > 60:
        raise NotARecordNumber(text)
    return number
