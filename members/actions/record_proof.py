"""A factor was proved: kept for the actions that will ask for it."""

from django.utils import timezone

from members.entrances import Entrance
from members.models import Factor, Member, Proof


def record_proof(
    *,
    member: Member,
    factor: Factor,
    session: str,
    entrance: Entrance | str,
    request: bytes = b"",
    evidence: str = "",
) -> Proof:
    """`session` as `members.sessions.session_of` makes it; `request` where the member confirmed this very request.

    Only those who have just checked the factor call it. Raises ValueError without a session: such a proof would be
    everybody's.
    """
    if not session:
        raise ValueError("a proof belongs to a session")
    return Proof.objects.create(
        member=member,
        factor=factor,
        session=session,
        entrance=entrance,
        request=request or None,
        evidence=evidence,
        proved_at=timezone.now(),
    )


def end_proofs(member: Member, *, but_of: str = "") -> int:
    """What was proved in other sessions opens nothing any more; returns how many proofs that were."""
    return Proof.objects.filter(member=member, used_at=None).exclude(session=but_of).update(used_at=timezone.now())
