"""Uses of benefits and ratings, which are kept as rows, as facts that may earn points."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils import timezone

from benefits.models import Booking, Case
from points.earning.facts import EarningFact
from points.earning.kept_facts import KeptFacts, register_kept_facts


def of_visits(bookings: Iterable[Booking]) -> Iterator[EarningFact]:
    """Of visits that took place."""
    for booking in bookings:
        yield of_use(f"booking:{booking.pk}", booking.member_id, booking.ended_at)


def of_cases(cases: Iterable[Case]) -> Iterator[EarningFact]:
    """Of cases that are done."""
    for case in cases:
        yield of_use(f"case:{case.pk}", case.member_id, case.ended_at)


def of_rated_visits(bookings: Iterable[Booking]) -> Iterator[EarningFact]:
    for booking in bookings:
        yield of_rating(f"booking:{booking.pk}", booking.member_id, booking.rated_at, used_at=booking.starts_at)


def of_rated_cases(cases: Iterable[Case]) -> Iterator[EarningFact]:
    for case in cases:
        yield of_rating(f"case:{case.pk}", case.member_id, case.rated_at, used_at=case.ended_at)


def of_use(use: str, member_id: int, ended_at: datetime | None) -> EarningFact:
    assert ended_at
    return EarningFact("benefit.used", use, member_id, ended_at)


def of_rating(use: str, member_id: int, rated_at: datetime | None, *, used_at: datetime | None) -> EarningFact:
    """What is rated once is paid once; told again, nothing is paid again."""
    assert rated_at and used_at
    since = timezone.localdate(rated_at) - timezone.localdate(used_at)
    fields = {"use": use, "benefit_used": True, "days_since_use": since.days}
    return EarningFact("benefit.feedback_given", use, member_id, rated_at, fields)


register_kept_facts(
    "benefit.used",
    KeptFacts(lambda: Booking.objects.filter(state=Booking.State.COMPLETED), "ended_at", of_visits),
    KeptFacts(lambda: Case.objects.filter(state=Case.State.DONE), "ended_at", of_cases),
)
register_kept_facts(
    "benefit.feedback_given",
    KeptFacts(lambda: Booking.objects.filter(rated_at__isnull=False), "rated_at", of_rated_visits),
    KeptFacts(lambda: Case.objects.filter(rated_at__isnull=False), "rated_at", of_rated_cases),
)
