"""Taking out of accounts what has expired."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from points.actions.post_batch import post_batch
from points.models import Lot
from points.refusals import LedgerRefusal, NothingToBook
from points.requests import Booked, Lapse

#: Members whose points one transaction takes.
AT_ONCE = 500


def lapse_lots(*, at: datetime | None = None) -> int:
    """Books what has expired by `at` (now), a posting for each member; returns how many points that were.

    Nobody could have used them since: this only says so in the history. Killed in the middle, the next run goes on.
    """
    moment, lapsed, last = at or timezone.now(), 0, 0
    while members := due_members(moment, after=last):
        last = members[-1]
        with transaction.atomic():
            outcomes = post_batch(
                [
                    Lapse(
                        member_id=member, scope="lapse", key=f"{member}:{moment.isoformat()}", reason="points.expired"
                    )
                    for member in members
                ],
                at=moment,
            )
        for outcome in outcomes:
            if isinstance(outcome, Booked):
                lapsed -= outcome.points
            elif isinstance(outcome, LedgerRefusal) and not isinstance(outcome, NothingToBook):
                raise outcome
    return lapsed


def due_members(at: datetime, *, after: int) -> list[int]:
    expired = Lot.objects.expired(at=at).filter(account__member__gt=after).order_by("account__member")
    return list(expired.values_list("account__member", flat=True).distinct()[:AT_ONCE])
