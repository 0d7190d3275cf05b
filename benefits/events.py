"""What happened in `benefits`: facts in the past tense, with ids. Packages above connect to the signals."""

from dataclasses import dataclass

from django.dispatch import Signal


@dataclass(frozen=True)
class VisitBooked:
    """Quota and place are taken; the provider's own system is told next, where it has one."""

    booking_id: int
    customer_id: int


@dataclass(frozen=True)
class VisitConfirmed:
    """The provider's own system has taken a booking that it had not taken at once."""

    booking_id: int
    customer_id: int


@dataclass(frozen=True)
class VisitMoved:
    """To another time or place."""

    booking_id: int
    customer_id: int


@dataclass(frozen=True)
class VisitCancelled:
    """`late`: it counts as used."""

    booking_id: int
    customer_id: int
    late: bool


@dataclass(frozen=True)
class VisitDeclined:
    """The provider refused it for good; quota and place are free again."""

    booking_id: int
    customer_id: int


@dataclass(frozen=True)
class VisitTomorrow:
    """The visit is on the next day."""

    booking_id: int
    customer_id: int


@dataclass(frozen=True)
class GuestCheckedIn:
    booking_id: int
    customer_id: int


@dataclass(frozen=True)
class VisitCompleted:
    """The visit took place, and counts as used."""

    booking_id: int
    customer_id: int
    member_id: int


@dataclass(frozen=True)
class VisitMissed:
    """Nobody came; it counts as used."""

    booking_id: int
    customer_id: int


@dataclass(frozen=True)
class VisitRated:
    booking_id: int
    customer_id: int
    member_id: int
    rating: int


visit_booked = Signal()  # sender: VisitBooked, keyword: fact
visit_confirmed = Signal()  # sender: VisitConfirmed, keyword: fact
visit_moved = Signal()  # sender: VisitMoved, keyword: fact
visit_cancelled = Signal()  # sender: VisitCancelled, keyword: fact
visit_declined = Signal()  # sender: VisitDeclined, keyword: fact
visit_tomorrow = Signal()  # sender: VisitTomorrow, keyword: fact
guest_checked_in = Signal()  # sender: GuestCheckedIn, keyword: fact
visit_completed = Signal()  # sender: VisitCompleted, keyword: fact
visit_missed = Signal()  # sender: VisitMissed, keyword: fact
visit_rated = Signal()  # sender: VisitRated, keyword: fact
