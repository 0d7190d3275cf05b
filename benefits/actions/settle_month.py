"""What a provider is paid for a month: a line for each use that ended in it."""

from datetime import date
from typing import TypeVar

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import TruncMonth
from django.db.models.query import QuerySet
from django.utils import timezone

from benefits.actions.one_by_one import one_by_one
from benefits.events import MonthSettled, month_settled
from benefits.models import Booking, Case, Provider, Settlement, SettlementLine
from benefits.settlement_month import bounds, midnight, month_of, require_over

AT_ONCE = 1000
Use = TypeVar("Use", Booking, Case)


@transaction.atomic
def settle_month(*, provider: Provider, month: date) -> Settlement:
    """Writes the lines of a month that is over; those that stand already stay, so it may run at any time again.

    Visits that took place, were not kept, or were cancelled too late, and cases that are done or were called off after
    they had been taken, each once ever, in the month in which they ended, at the price that the contract had for them
    when they were booked or opened. A visit that was not kept costs as much as one that was: the provider kept the time
    free, and the member's quota counts it as used, too (benefits.csv: “or the visit counts as used”). A month that is
    closed is left as it is. Raises MonthNotOver; ValueError where `month` is no first day.
    """
    require_over(month)
    settlement = locked_settlement(provider, month)
    if settlement.closed_at is None:
        write_lines(settlement)
    return settlement


def locked_settlement(provider: Provider, month: date) -> Settlement:
    """Made where there is none, locked until the transaction ends."""
    Settlement.objects.get_or_create(provider=provider, month=month)
    return Settlement.objects.select_for_update().get(provider=provider, month=month)


def write_lines(settlement: Settlement) -> None:
    """Of a settlement that is locked and open."""
    lines = [
        *(SettlementLine(settlement=settlement, booking=each, amount=each.price) for each in bookings_of(settlement)),
        *(SettlementLine(settlement=settlement, case=each, amount=each.price) for each in cases_of(settlement)),
    ]
    SettlementLine.objects.bulk_create(lines, batch_size=AT_ONCE)
    settlement.refresh_from_db()
    if lines:
        fact = MonthSettled(settlement.pk, settlement.provider_id, len(lines))
        month_settled.send(MonthSettled, fact=fact)


def bookings_of(settlement: Settlement) -> QuerySet[Booking]:
    return unsettled(settlement, "booking", Booking.objects.filter(state__in=Booking.SPENT))


def cases_of(settlement: Settlement) -> QuerySet[Case]:
    return unsettled(settlement, "case", Case.objects.filter(state__in=Case.SPENT))


def unsettled(settlement: Settlement, name: str, uses: QuerySet[Use]) -> QuerySet[Use]:
    begins_at, ends_at = bounds(settlement.month)
    return uses.filter(
        ~Exists(SettlementLine.objects.filter(**{name: OuterRef("pk")})),
        contract_price__contract__provider=settlement.provider_id,
        ended_at__gte=begins_at,
        ended_at__lt=ends_at,
    ).order_by("ended_at", "pk")


def settle_all(*, month: date) -> int:
    """Of every provider with anything in the month, each in a transaction of its own; answers of how many.

    Killed, the next run goes on: those that are settled have nothing left to write. Raises as `settle_month`.
    """
    require_over(month)

    def settle(provider_id: int) -> Settlement:
        return settle_month(provider=Provider.objects.get(pk=provider_id), month=month)

    return one_by_one(list(who_has_uses(month).values_list("pk", flat=True)), settle, fault="month_not_settled")


def months_to_settle() -> list[date]:
    """Those that are over in which something ended that has no line, the oldest first."""
    over = Q(ended_at__lt=midnight(month_of(timezone.localdate())))
    visits = Booking.objects.filter(
        over, ~Exists(SettlementLine.objects.filter(booking=OuterRef("pk"))), state__in=Booking.SPENT
    )
    cases = Case.objects.filter(over, ~Exists(SettlementLine.objects.filter(case=OuterRef("pk"))), state__in=Case.SPENT)
    months = {
        timezone.localdate(month)
        for uses in (visits, cases)
        for month in uses.order_by().values_list(TruncMonth("ended_at"), flat=True).distinct()
        if month
    }
    return sorted(months)


def who_has_uses(month: date) -> QuerySet[Provider]:
    begins_at, ends_at = bounds(month)
    ended = Q(ended_at__gte=begins_at, ended_at__lt=ends_at)
    served = Booking.objects.filter(ended, state__in=Booking.SPENT).values("contract_price__contract__provider")
    helped = Case.objects.filter(ended, state__in=Case.SPENT).values("provider")
    return Provider.objects.filter(Q(pk__in=served) | Q(pk__in=helped)).order_by("pk")
