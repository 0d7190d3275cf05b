"""What is a member's own."""

from django.db.models import Q

from members.models import Member


def own(member: Member) -> Q:
    """Of bookings, waiting places and cases: what is on the customer's entitlements, whichever account asked for it,
    and what this account asked for: the account of another record of the same person may have been merged into it.
    """
    mine = Q(member=member)
    return mine if member.customer_id is None else mine | Q(customer=member.customer_id)
