"""Counting attempts in the database, so that every process of every host counts the same ones."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from members.crypto import keyed_hash
from members.models import AttemptWindow

# Windows begin at midnight in Shanghai (UTC+8, no summer time), so that "five a day" means the reader's day.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC) - timedelta(hours=8)
COUNT = """
    INSERT INTO members_attemptwindow (kind, subject, began_at, count) VALUES (%s, %s, %s, 1)
    ON CONFLICT (kind, subject, began_at) DO UPDATE SET count = members_attemptwindow.count + 1
    RETURNING count
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


def count_attempts(*, subjects: dict[Limit, str]) -> None:
    """Counts one attempt on each subject; durable before the attempt is made. Raises TooManyAttempts.

    An attempt beyond the limit is counted, too. Not inside another transaction (RuntimeError): a refusal would roll
    the count back, and guessing would be free.
    """
    now = timezone.now()
    reached: TooManyAttempts | None = None
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        # In one order everywhere, so that two attempts never wait for each other crosswise.
        for limit, subject in sorted(subjects.items(), key=lambda pair: (pair[0].kind, pair[1])):
            began_at = EPOCH + (now - EPOCH) // limit.window * limit.window
            cursor.execute(COUNT, [limit.kind, keyed_hash(subject.encode(), limit.kind), began_at])
            (count,) = cursor.fetchone()
            if count > limit.most and (reached is None or began_at + limit.window > reached.until):
                reached = TooManyAttempts(limit.kind, began_at + limit.window)
    if reached:
        raise reached


def forget_old_attempts(*, older_than: timedelta = timedelta(days=2)) -> int:
    """Sweeps windows that nobody can be in any more; returns how many."""
    return AttemptWindow.objects.filter(began_at__lt=timezone.now() - older_than).delete()[0]
