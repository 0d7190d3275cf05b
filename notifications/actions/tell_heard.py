"""Noting news of visits and cases as they happen, and telling them soon after."""

from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from members.consumers.isolating import FAULTS_OF_THE_MOMENT
from members.rows import insert_row
from notifications import told_of_cases, told_of_visits
from notifications.models import Heard

log = structlog.get_logger(__name__)
News = Heard.News
AT_ONCE = 200
#: Until what could not be told is tried again, at first and at most.
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
TELLERS: dict[str, Callable[[Heard], None]] = {
    News.BOOKED: told_of_visits.tell_booked,
    News.TOMORROW: told_of_visits.tell_reminder,
    News.CANCELLED: told_of_visits.tell_cancelled,
    News.MISSED: told_of_visits.tell_missed,
    News.REPORT_READY: told_of_visits.tell_report,
    News.CASE_ANSWERED: told_of_cases.tell_answered,
    News.CASE_DONE: told_of_cases.tell_done,
    News.CASE_DECLINED: told_of_cases.tell_declined,
}


def hear(news: Heard.News, subject_id: int) -> None:
    """One row, in the caller's transaction; beat asks for the telling within five seconds (portal/schedule.py)."""
    now = timezone.now()
    insert_row(Heard(news=news, subject_id=subject_id, heard_at=now, next_try_at=now))


def tell_heard() -> int:
    """Makes the messages of all that is due, oldest first, each in a transaction of its own; returns how many.

    What can't be told keeps nothing else from being told, and is tried again, less and less often. Raises
    FAULTS_OF_THE_MOMENT.
    """
    told = after = 0
    while due := list(Heard.objects.due(at=timezone.now()).filter(pk__gt=after).values_list("pk", flat=True)[:AT_ONCE]):
        for pk in due:
            try:
                told += tell(pk)
            except FAULTS_OF_THE_MOMENT:
                raise
            except Exception as error:
                log.error("news_not_told", heard=pk, error=type(error).__name__)
                put_off(pk)
        after = due[-1]
    return told


@transaction.atomic
def tell(heard_id: int) -> bool:
    """False where it is told already, or somebody else is at it."""
    heard = Heard.objects.select_for_update(skip_locked=True).filter(pk=heard_id).first()
    if heard is None:
        return False
    later = Heard.objects.filter(pk__gt=heard.pk, subject_id=heard.subject_id, news=heard.news)
    # Moved twice, answered twice within seconds: the last telling says how it stands now.
    if not later.exists():
        TELLERS[heard.news](heard)
    heard.delete()
    return True


@transaction.atomic
def put_off(heard_id: int) -> None:
    heard = Heard.objects.select_for_update().filter(pk=heard_id).first()
    if heard:
        wait = min(FIRST_WAIT * 2 ** min(heard.attempts, 10), LONGEST_WAIT)
        heard.attempts += 1
        heard.next_try_at = timezone.now() + wait
        heard.save(update_fields=["attempts", "next_try_at"])
