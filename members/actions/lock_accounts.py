"""Locking accounts, and what belongs to them, in one order everywhere."""

from members.models import FaceSession, Member


def lock_accounts(*ids: int) -> dict[int, Member]:
    """The members by id, locked until the transaction ends; whoever locks two never waits crosswise for another.

    Not for the key: whoever writes a row that merely refers to a member waits for nobody, whatever else they hold.
    """
    rows = Member.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    return {member.pk: member for member in rows}


def lock_face_session(session_id: int) -> FaceSession:
    """A face session locked after its account, as whoever withdraws consent locks them: no two wait crosswise."""
    lock_accounts(FaceSession.objects.values_list("member_id", flat=True).get(pk=session_id))
    return FaceSession.objects.select_for_update().get(pk=session_id)
