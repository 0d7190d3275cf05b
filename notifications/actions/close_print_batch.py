"""Print batches: the day's folder is open for letters until it is closed and handed to the printer."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from notifications.letters.manifest import Row, update_manifest
from notifications.models import PrintBatch

#: When the printer's day ends, in Shanghai.
DAY_ENDS = time(23, 55)


@contextmanager
def open_print_batch(*, today: date) -> Iterator[PrintBatch]:
    """Today's batch, or the next day's that is still open, locked: closing waits until this letter-writer is done.

    On leaving, the manifest and the figures say what the folder holds.
    """
    day = today
    with transaction.atomic():
        while (batch := locked(day)).closed_at:
            day += timedelta(days=1)
        yield batch
        count(batch, update_manifest(batch.day))
        batch.save()


def close_ended_print_batches(*, now: datetime) -> list[PrintBatch]:
    """Closes the last day that has ended, also without letters, and those before it that nobody closed in time."""
    local = timezone.localtime(now)
    ended = local.date() if local.time() >= DAY_ENDS else local.date() - timedelta(days=1)
    batches = PrintBatch.objects
    days = set(batches.filter(day__lt=ended, closed_at=None).values_list("day", flat=True))
    if not batches.filter(day=ended).exclude(closed_at=None).exists():
        days.add(ended)
    return [close_print_batch(day=day) for day in sorted(days)]


@transaction.atomic
def close_print_batch(*, day: date) -> PrintBatch:
    """Completes a day's manifest and takes no more letters into it. Closing again only repairs the manifest."""
    batch = locked(day)
    count(batch, update_manifest(day))
    batch.closed_at = batch.closed_at or timezone.now()
    batch.save()
    return batch


def locked(day: date) -> PrintBatch:
    PrintBatch.objects.bulk_create([PrintBatch(day=day)], ignore_conflicts=True)
    return PrintBatch.objects.select_for_update().get(day=day)


def count(batch: PrintBatch, rows: list[Row]) -> None:
    batch.letters = len(rows)
    batch.pages = sum(int(row["pages"]) for row in rows)
