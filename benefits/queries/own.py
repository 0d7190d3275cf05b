"""What is a member's own."""

from django.db.models import Q

from benefits.models import Booking, Case
from members.models import Member


def own(member: Member) -> Q:
    """Of bookings, waiting places and cases: what is on the customer's entitlements, whichever account asked for it,
    and what this account asked for: the account of another record of the same person may have been merged into it.
    """
    mine = Q(member=member)
    return mine if member.customer_id is None else mine | Q(customer=member.customer_id)


def is_own(member: Member, found: Booking | Case) -> bool:
    """As `own`, of one. Nobody does at a desk, or for the insurer, what their own visit or case asks for."""
    return member.pk == found.member_id or (member.customer_id is not None and member.customer_id == found.customer_id)
