"""Visits at the desk of the demo's clinic: of today, of the days to come, and of two months past.

Nobody books for this morning, or for last month. So they are written down as the actions would have left them, and
nobody is told of them.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from dateutil.relativedelta import relativedelta
from django.db.models import F
from django.utils import timezone

from benefits.models import Booking, ContractPrice, Entitlement, SiteService, Slot
from members.models import Member
from portal.demo.clinic import PROVIDER_NO, SITE_NO
from portal.demo.family import HOLDER_NO

State = Booking.State
SERVICE = "dental_cleaning"
#: Hours of today. What is over by now has taken place or was missed; who came last is still there.
TODAY = {9: State.COMPLETED, 10: State.NO_SHOW, 11: State.CHECKED_IN, 14: State.BOOKED, 15: State.BOOKED}
#: Whoever tries the demo finds the code of this one, and checks it in.
HOLDERS_HOUR = 15
DAYS_AHEAD = 4
#: Days of a month that is over, how each visit ended, and what was said of it.
PAST: tuple[tuple[int, Booking.State, int | None, str], ...] = (
    (2, State.COMPLETED, 5, "医生细致，不疼"),
    (7, State.COMPLETED, 4, ""),
    (11, State.NO_SHOW, None, ""),
    (16, State.COMPLETED, 5, ""),
    (21, State.CANCELLED_LATE, None, ""),
    (26, State.COMPLETED, 3, "等了半小时"),
)


@dataclass(frozen=True)
class Told:
    """A visit as it is to stand there. `of_holder`: of the member whom the demo is signed in as."""

    starts_at: datetime
    state: Booking.State
    rating: int | None = None
    words: str = ""
    of_holder: bool = False


def visits(now: datetime) -> Iterator[Told]:
    today = timezone.localdate(now)
    for hour, state in TODAY.items():
        starts_at = moment(today, hour)
        over = starts_at + timedelta(hours=state != State.CHECKED_IN) <= now
        yield Told(starts_at, state if over else State.BOOKED, of_holder=hour == HOLDERS_HOUR)
    for months in (2, 1):
        month = today.replace(day=1) - relativedelta(months=months)
        for day, state, rating, words in PAST:
            yield Told(moment(month.replace(day=day), 9 + day % 8), state, rating, words)
    for days in range(1, DAYS_AHEAD + 1):
        yield Told(moment(today + timedelta(days=days), 9 + days), State.BOOKED)


def moment(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


def tell_visits(guests: deque[Member]) -> None:
    """As many as the guests' benefits give."""
    place = SiteService.objects.select_related("site").get(site__site_no=SITE_NO, service__code=SERVICE)
    price = ContractPrice.objects.get(contract__provider__provider_no=PROVIDER_NO, service__code=SERVICE)
    holder = deque(Member.objects.filter(customer__customer_no=HOLDER_NO))
    for number, visit in enumerate(visits(timezone.now())):
        whose = holder if visit.of_holder else guests
        if entitlement := next_entitled(whose, timezone.localdate(visit.starts_at)):
            tell_visit(visit, whose[0], entitlement, place, price, f"demo {number}")


def next_entitled(guests: deque[Member], day: date) -> Entitlement | None:
    """Of the next guest whose teeth can be cleaned on that day, who stands first then."""
    for _ in range(len(guests)):
        guests.rotate(-1)
        mine = Entitlement.objects.usable(on=day).filter(customer=guests[0].customer_id, service__code=SERVICE)
        if (found := mine.first()) and found.left:
            return found
    return None


def tell_visit(
    visit: Told, guest: Member, entitlement: Entitlement, place: SiteService, price: ContractPrice, key: str
) -> None:
    is_over, ends_at = visit.state not in Booking.OPEN, visit.starts_at + timedelta(minutes=place.slot_minutes)
    came = visit.state in (State.CHECKED_IN, State.COMPLETED)
    slot, _ = Slot.objects.get_or_create(at=place, starts_at=visit.starts_at, defaults={"capacity": place.capacity})
    Slot.objects.filter(pk=slot.pk).update(taken=F("taken") + 1)
    mine = Entitlement.objects.filter(pk=entitlement.pk)
    mine.update(held=F("held") + int(not is_over), used=F("used") + int(is_over))
    Booking.objects.create(
        customer_id=entitlement.customer_id,
        member=guest,
        entitlement=entitlement,
        slot=slot,
        starts_at=visit.starts_at,
        ends_at=ends_at,
        contract_price=price,
        price=price.price,
        state=visit.state,
        request_key=key,
        booked_at=min(visit.starts_at, timezone.now()) - timedelta(days=4),
        checked_in_at=visit.starts_at if came else None,
        ended_at=ends_at if is_over else None,
        rating=visit.rating,
        rated_at=ends_at if visit.rating else None,
        rating_words=visit.words,
    )
