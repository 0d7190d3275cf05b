"""Closing what was booked under a hash, and adding it to the totals of the insurer's accounts."""

import structlog
from django.db import connection, transaction
from django.db.models import F, Sum
from django.db.models.functions import TruncDate

from points.models import Entry, Posting, Seal, System, SystemTotal
from points.sealing import BEGINNING, block_hash
from points.terms import SHANGHAI

log = structlog.get_logger(__name__)
#: Postings of a block.
BLOCK = 1_000
#: The chain has one end, so that one job at a time continues it. Any number that nobody else uses.
LOCK = 0x5EA1


def seal_postings() -> int:
    """Seals what has no seal yet, block by block; returns how many postings that were.

    Chosen by having no seal, never by a number beyond the last: what a slow transaction booked has a lower one.
    Somebody else at it leaves nothing to do. The log keeps each block's hash, for `verify_ledger --expect`.
    """
    sealed = 0
    while count := seal_block():
        sealed += count
    return sealed


@transaction.atomic
def seal_block() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
    ids = list(Posting.objects.filter(seal=None).order_by("pk").values_list("pk", flat=True)[:BLOCK])
    if not ids:
        return 0
    last = Seal.objects.order_by("-number").first()
    number, previous = (last.number + 1, bytes(last.hash)) if last else (1, BEGINNING)
    seal = Seal.objects.create(
        number=number,
        postings_count=len(ids),
        previous_hash=previous,
        hash=block_hash(number, previous, ids),
    )
    Posting.objects.filter(pk__in=ids).update(seal=seal)
    add_to_totals(ids)
    log.info("ledger_sealed", number=number, hash=bytes(seal.hash).hex(), postings=len(ids))
    return len(ids)


def add_to_totals(posting_ids: list[int]) -> None:
    moved = (
        Entry.objects.filter(posting__in=posting_ids, system__isnull=False)
        .annotate(day=TruncDate("posted_at", tzinfo=SHANGHAI))
        .values("system", "day")
        .annotate(points=Sum("amount"))
        .order_by("system", "day")
    )
    for row in moved:
        of_day = {"system": System(row["system"] or 0), "booked_on": row["day"]}
        SystemTotal.objects.get_or_create(**of_day, defaults={"points": 0})
        SystemTotal.objects.filter(**of_day).update(points=F("points") + row["points"])
