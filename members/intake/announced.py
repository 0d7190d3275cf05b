"""Scheduled types are announced once per (type, subject, anchor date), whoever sees it first: core or calendar."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db import connection

from members.intake.anchors import ONCE_IN, anchor_of, day_of
from members.intake.envelope import Content
from members.models import Announcement
from members.shards import shard_of

#: Advisory locks of two numbers: this one says what is locked, the other which shard.
ANNOUNCING = 0x414E4E


class Announced:
    """What has been announced for some subjects. Nobody else announces for them before this transaction ends."""

    def __init__(self) -> None:
        self.days: dict[tuple[str, str], set[date]] = defaultdict(set)

    @classmethod
    def locked(cls, contents: Iterable[Content]) -> "Announced":
        """Locks the subjects of scheduled types among `contents` and reads what was announced for them."""
        scheduled = [content for content in contents if content.spec.schedule_anchor]
        announced = cls()
        if scheduled:
            lock_shards(sorted({shard_of(content.subject) for content in scheduled}))
            found = Announcement.objects.filter(
                type__in={content.spec.code for content in scheduled},
                subject__in={content.subject for content in scheduled},
            )
            for code, subject, anchor_on in found.values_list("type", "subject", "anchor_on"):
                announced.days[code, subject].add(anchor_on)
        return announced

    def claim(self, content: Content) -> date | None:
        """The date to announce a scheduled event under, from now on taken; None: it has been announced."""
        days = self.days[content.spec.code, content.subject]
        anchor_on = anchor_of(content.spec, content.data)
        if anchor_on is None:
            anchor_on = day_of(content.occurred_at)
            if any(abs(anchor_on - day) < ONCE_IN for day in days):
                return None
        elif anchor_on in days:
            return None
        days.add(anchor_on)
        return anchor_on


def lock_shards(shards: Iterable[int]) -> None:
    # A unique index can't say "once in 30 days". Eight locks at most, always in the same order: no deadlock, and
    # a batch of a thousand subjects does not fill the server's lock table.
    with connection.cursor() as cursor:
        for shard in shards:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [ANNOUNCING, shard])
