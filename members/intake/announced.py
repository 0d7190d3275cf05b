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
        # (type, subject): the dates, and whose each is ("" nobody's in particular).
        self.days: dict[tuple[str, str], set[tuple[date, str]]] = defaultdict(set)

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
            for each in found:
                announced.days[each.type, each.subject].add((each.anchor_on, each.customer_no))
        return announced

    def claim(self, content: Content) -> date | None:
        """The date to announce a scheduled event under, from now on taken; None: it has been announced."""
        days = self.days[content.spec.code, content.subject]
        anchor_on = anchor_of(content.spec, content.data)
        if anchor_on is None:
            anchor_on = day_of(content.occurred_at)
            if any(abs(anchor_on - day) < ONCE_IN for day, _whose in days):
                return None
        elif any(day == anchor_on and same_person(whose, whose_date(content)) for day, whose in days):
            return None
        days.add((anchor_on, whose_date(content)))
        return anchor_on


def whose_date(content: Content) -> str:
    """The customer, where the anchor is a person's date and the event says whose: a couple's documents may expire
    on one day. Otherwise the date is the policy's."""
    return content.customer_no if content.spec.schedule_anchor.startswith("customer.") else ""


def same_person(one: str, other: str) -> bool:
    """Whether it may be one person that is spoken of: an event that names nobody speaks of any."""
    return one == other or not one or not other


def lock_shards(shards: Iterable[int]) -> None:
    # A unique index can't say "once in 30 days". Eight locks at most, always in the same order: no deadlock, and
    # a batch of a thousand subjects does not fill the server's lock table.
    with connection.cursor() as cursor:
        for shard in shards:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [ANNOUNCING, shard])
