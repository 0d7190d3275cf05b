"""A line in an account's history."""

from typing import Any

from members.entrances import Entrance
from members.models import AccountEvent, Member


def record_account_event(
    *, member: Member, kind: AccountEvent.Kind, entrance: Entrance | str, by: Member | None = None, **detail: Any
) -> AccountEvent:
    """Records what happened in the caller's transaction. `detail` as JSON, without personal data."""
    return AccountEvent.objects.create(member=member, kind=kind, entrance=entrance, by=by, detail=detail)
