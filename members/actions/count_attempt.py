"""Counting attempts in the database, so that every process of every host counts the same ones."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from members.crypto import keyed_hash
from members.models import AttemptWindow

# Windows begin at midnight in Shanghai (UTC+8, no summer time), so that "five a day" means the reader's day.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC) - timedelta(hours=8)
# In one order everywhere, so that two attempts never wait for each other crosswise: rows are taken as they are listed.
COUNT = """
    INSERT INTO members_attemptwindow (kind, subject, began_at, count)
    SELECT *, 1 FROM unnest(%s::text[], %s::bytea[], %s::timestamptz[])
    ON CONFLICT (kind, subject, began_at) DO UPDATE SET count = members_attemptwindow.count + 1
    RETURNING kind, count
"""


@dataclass(frozen=True)
class Limit:
    """At most `most` attempts of a kind on one subject in each window."""

    kind: str
    most: int
    window: timedelta


@dataclass
class TooManyAttempts(Exception):
    """`kind` is the limit that was reached; `until`, when attempts are heard again."""

    kind: str
    until: datetime


def count_attempts(*, subjects: dict[Limit, str]) -> dict[Limit, int]:
    """Counts one attempt on each subject; durable before the attempt is made. Raises TooManyAttempts.

    Returns how many more will be heard in the present window of each.
    An attempt beyond the limit is counted, too. Not inside another transaction (RuntimeError): a refusal would roll
    the count back, and guessing would be free.
    """
    now = timezone.now()
    limits = {limit.kind: limit for limit in subjects}
    rows = sorted(
        (limit.kind, keyed_hash(subject.encode(), limit.kind), window_of(limit, now))
        for limit, subject in subjects.items()
    )
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(COUNT, [list(column) for column in zip(*rows, strict=True)])
        left = {limits[kind]: limits[kind].most - count for kind, count in cursor.fetchall()}
    beyond = [limit for limit, count in left.items() if count < 0]
    if beyond:
        last = max(beyond, key=lambda limit: window_of(limit, now) + limit.window)
        raise TooManyAttempts(last.kind, window_of(last, now) + last.window)
    return left


def window_of(limit: Limit, now: datetime) -> datetime:
    """When the window began that `now` is in."""
    return EPOCH + (now - EPOCH) // limit.window * limit.window


def forget_old_attempts(*, older_than: timedelta = timedelta(days=2)) -> int:
    """Sweeps windows that nobody can be in any more; returns how many."""
    return AttemptWindow.objects.filter(began_at__lt=timezone.now() - older_than).delete()[0]
