"""Showing a member's numbers to staff, on record."""

from dataclasses import dataclass, field

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from members.actions.record_account_event import record_account_event
from members.actions.serve_member import must_serve
from members.entrances import Entrance
from members.models import AccountEvent, Member


class UnmaskReason(models.TextChoices):
    CALLER = "caller", _("to make sure who is calling or standing here")
    CORRECTION = "correction", _("to put data right that the member says is wrong")
    COMPLAINT = "complaint", _("to look into a complaint")
    AUTHORITY = "authority", _("an authority asks for it")


@dataclass(frozen=True)
class PersonalNumbers:
    """In full. To be shown once, never kept."""

    mobile: str = field(repr=False)
    email: str = field(repr=False)
    id_no: str = field(repr=False)
    birth_date: str = field(repr=False)


@transaction.atomic
def unmask_member(*, member: Member, reason: UnmaskReason, entrance: Entrance, by: Member) -> PersonalNumbers:
    """The numbers, once who looked, and why, is on record. Raises PermissionDenied, OwnAccount, AccountOfStaff."""
    must_serve(by, "unmask_member", member)
    record_account_event(
        member=member, kind=AccountEvent.Kind.UNMASKED, entrance=entrance, by=by, reason=UnmaskReason(reason).value
    )
    customer = member.customer
    return PersonalNumbers(
        mobile=member.mobile,
        email=member.email or (customer.email if customer else "") or "",
        id_no=(customer.id_no if customer else "") or "",
        birth_date=customer.birth_date.isoformat() if customer and customer.birth_date else "",
    )
