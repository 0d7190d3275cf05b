"""Cooling: for a while nothing risky, so that the real member can notice and call."""

from datetime import timedelta

from django.utils import timezone

from members.models import Member


def cool(member: Member, lasting: timedelta) -> None:
    """Sets `cooling_until`, never to an earlier moment than before; the caller has locked the member, and saves."""
    until = timezone.now() + lasting
    member.cooling_until = max(member.cooling_until or until, until)
