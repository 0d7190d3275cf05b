"""Assesses all customers: every month, and on the day when other rules take effect."""

from collections import Counter
from collections.abc import Callable
from datetime import date

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from benefits.actions.assess_shard import Shard, assess, terms_in_force
from benefits.models import AssessmentRun, TierPeriod
from members.models import Customer

#: Customers in a transaction, which takes seconds: others wait so long to be assessed for a change of their policy.
SHARD_CUSTOMERS = 50_000
#: Told of a run after each shard.
Progress = Callable[[AssessmentRun], None]
Cause = TierPeriod.Cause


class DayToCome(Exception):
    """What policies will be on a later day, nobody knows."""


def assess_tiers(*, on: date, cause: TierPeriod.Cause, on_progress: Progress = lambda _run: None) -> AssessmentRun:
    """All customers as of that day. Goes on where a run of the day was killed; after a whole one, looks at all again.

    Commits shard by shard, so it must not be called in a transaction. One at a time, else shards are done twice, which
    changes nothing but takes longer. Raises DayToCome, NoTierTerms.
    """
    run = run_of(on, cause)
    on_progress(run)
    while run.cursor < run.last:
        next_shard(run)
        on_progress(run)
    if run.finished_at is None:
        run.finished_at = timezone.now()
        run.save(update_fields=["finished_at"])
    return run


@transaction.atomic
def run_of(on: date, cause: TierPeriod.Cause) -> AssessmentRun:
    if on > timezone.localdate():
        raise DayToCome(on)
    stopped = AssessmentRun.objects.filter(on=on, finished_at=None).select_related("terms").first()
    if stopped:
        return stopped
    return AssessmentRun.objects.create(on=on, cause=cause, terms=terms_in_force(on), last=last_customer())


@transaction.atomic
def next_shard(run: AssessmentRun) -> None:
    """The shard and how far the run is, in one transaction: killed in between, neither is there."""
    shard = Shard(run.cursor, end_of_shard(run.cursor, run.last))
    found = assess(shard, on=run.on, terms=run.terms, cause=Cause(run.cause), count=True)
    run.cursor = shard.upto
    run.policies += found.policies
    run.findings = dict(Counter(run.findings) + found.findings)
    run.save(update_fields=["cursor", "policies", "findings"])


def last_customer() -> int:
    return Customer.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def end_of_shard(after: int, last: int) -> int:
    """Ids have gaps, and an import leaves large ones: a shard is so many customers, not so many numbers."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(id) FROM (SELECT id FROM members_customer WHERE id > %s ORDER BY id LIMIT %s) next",
            [after, SHARD_CUSTOMERS],
        )
        (upto,) = cursor.fetchone()
    return min(upto or last, last)


def due_runs(*, today: date) -> list[tuple[date, TierPeriod.Cause]]:
    """What is to be assessed by today and is not, or not to the end: (as of, cause), in the order of the days.

    Of the first of the month, of the day on which rules took effect since, and of whichever day a run stopped. A month
    that was missed as a whole is not made up for: the newest assessment says all that an older one would.
    """
    first = today.replace(day=1)
    due = {first: Cause.MONTHLY}
    terms = terms_in_force(today)
    if terms.effective_on > first and not terms.shipped:
        due[terms.effective_on] = Cause.TERMS_CHANGE
    for on in AssessmentRun.objects.filter(on__in=due, finished_at__isnull=False).values_list("on", flat=True):
        due.pop(on, None)
    due |= {on: Cause(cause) for on, cause in stopped_runs().values_list("on", "cause")}
    return sorted(due.items())


def stopped_runs() -> QuerySet[AssessmentRun]:
    """Those begun that nobody has ended: they are under way, or were killed."""
    return AssessmentRun.objects.filter(finished_at=None)
