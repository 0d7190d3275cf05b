"""At the provider's desk: the guest comes, has been served, or does not come."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from benefits.actions.close_day import at_closed_sites, call_off_all, not_served
from benefits.actions.end_booking import locked_booking, spend
from benefits.actions.lock_account_of import lock_account_of
from benefits.actions.one_by_one import one_by_one
from benefits.events import (
    GuestCheckedIn,
    VisitCompleted,
    VisitMissed,
    guest_checked_in,
    visit_completed,
    visit_missed,
)
from benefits.models import Booking, Provider
from benefits.models.booking import BookingQuerySet
from benefits.queries.own import is_own
from benefits.refusals import (
    BookingCancelled,
    CodeUsed,
    NotBooked,
    NotedAsMissed,
    NotToday,
    OwnVisit,
    TooEarlyForNoShow,
    UnknownCode,
)
from members.models import Member

State = Booking.State
#: Nobody wrote down by then that the guest came: the nightly job takes it that nobody did.
MISSED_AFTER = timedelta(hours=12)
#: So late a guest may come: a no-show can't be taken back.
GRACE = timedelta(minutes=15)


@transaction.atomic
def check_in(*, code: str, provider: Provider, by: Member | None = None) -> Booking:
    """By the code that the guest shows or reads out; spaces and small letters are fine.

    `by`, here and below: of the desk; None for the platform itself. Raises UnknownCode (no such code, or another
    provider's), OwnVisit, CodeUsed, NotedAsMissed, BookingCancelled, NotToday.
    """
    wanted = "".join(code.split()).replace("-", "").upper()
    found = Booking.objects.filter(code=wanted, slot__at__site__provider=provider).values_list("pk", flat=True).first()
    if found is None:
        raise UnknownCode
    booking = locked_booking(found)
    require_other(booking, by)
    if booking.state in (State.CANCELLED, State.CANCELLED_LATE):
        raise BookingCancelled
    if booking.state == State.NO_SHOW:
        raise NotedAsMissed(booking.ended_at or booking.ends_at)
    if booking.state != State.BOOKED:
        raise CodeUsed(booking.checked_in_at or booking.starts_at)
    if (day := timezone.localdate(booking.starts_at)) != timezone.localdate():
        raise NotToday(day)
    booking.state, booking.checked_in_at = State.CHECKED_IN, timezone.now()
    booking.save(update_fields=["state", "checked_in_at"])
    guest_checked_in.send(GuestCheckedIn, fact=GuestCheckedIn(booking.pk, booking.customer_id))
    return booking


@transaction.atomic
def complete_visit(*, booking_id: int, by: Member | None = None) -> Booking:
    """The guest was served. Twice is once. Raises Booking.DoesNotExist, OwnVisit, NotBooked (nobody was checked in)."""
    lock_account_of(Booking, booking_id)
    booking = locked_booking(booking_id)
    require_other(booking, by)
    if booking.state == State.COMPLETED:
        return booking
    if booking.state != State.CHECKED_IN:
        raise NotBooked
    spend(booking, State.COMPLETED)
    fact = VisitCompleted(booking.pk, booking.customer_id, booking.member_id)
    visit_completed.send(VisitCompleted, fact=fact)
    return booking


@transaction.atomic
def miss_visit(*, booking_id: int, by: Member | None = None) -> Booking:
    """Nobody came: it counts as used. Twice is once.

    Raises Booking.DoesNotExist, OwnVisit, NotBooked, TooEarlyForNoShow.
    """
    booking = locked_booking(booking_id)
    require_other(booking, by)
    if booking.state == State.NO_SHOW:
        return booking
    if booking.state != State.BOOKED:
        raise NotBooked
    if timezone.now() < (from_at := no_show_from(booking)):
        raise TooEarlyForNoShow(from_at)
    spend(booking, State.NO_SHOW)
    visit_missed.send(VisitMissed, fact=VisitMissed(booking.pk, booking.customer_id))
    return booking


def require_other(booking: Booking, by: Member | None) -> None:
    """The provider is paid for a visit, the member earns points: of their own nobody says how it went.

    Raises OwnVisit.
    """
    if by is not None and is_own(by, booking):
        raise OwnVisit


def no_show_from(booking: Booking) -> datetime:
    """From then on it can be noted that nobody came."""
    return booking.starts_at + GRACE


@dataclass(frozen=True)
class Ended:
    """How many."""

    served: int
    called_off: int
    missed: int


def end_past_visits() -> Ended:
    """What no desk ended: who was checked in was served, who was not did not come, unless the site was closed.

    Where it has closed for good, what is to come is called off, too: the guest hears of it before they stand there.
    """
    is_past = Q(ends_at__lt=timezone.now() - MISSED_AFTER)
    past = Booking.objects.filter(is_past).order_by("pk")
    off = Booking.objects.coming().filter(at_closed_sites() | (is_past & not_served())).order_by("pk")
    return Ended(
        served=end_each(past.filter(state=State.CHECKED_IN), complete_visit),
        called_off=call_off_all(off, by=None, because=None),
        missed=end_each(past.filter(~not_served(), state=State.BOOKED), miss_visit),
    )


def end_each(bookings: BookingQuerySet, verb: Callable[..., Booking]) -> int:
    """What a desk ended meanwhile is left alone."""
    ids = list(bookings.values_list("pk", flat=True))
    return one_by_one(ids, lambda pk: verb(booking_id=pk), fault="visit_not_ended")
