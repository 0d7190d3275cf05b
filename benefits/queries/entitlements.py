"""What a customer is entitled to, and what is left of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby

from benefits.models import Allowance, Booking, Entitlement, Service
from benefits.suspension import suspended_until
from members.ages import age_on
from members.models import Customer, Level, Member
from members.queries import level_of


class Obstacle(StrEnum):
    """Why nothing can be booked on an entitlement."""

    WITHDRAWN = "withdrawn"
    NOT_YET = "not_yet"
    LEVEL = "level_needed"
    AGE = "not_at_this_age"
    SUSPENDED = "service_suspended"
    USED_UP = "quota_used_up"


@dataclass(frozen=True)
class Share:
    """One entitlement: what one tier, one policy, or one grant of staff gives of a service.

    `quota`, `left`: None without an end. `family_left`: how many of `left` may go to family. `policy_no`: of a policy
    that gives it. `until`: the first day after a suspension.
    """

    entitlement_id: int
    source: Entitlement.Source
    terms: Allowance
    policy_no: str
    starts_on: date
    ends_on: date
    quota: int | None
    booked: int
    used: int
    family_left: int
    withdrawn_on: date | None
    obstacle: Obstacle | None
    until: date | None = None

    @property
    def left(self) -> int | None:
        return None if self.quota is None else self.quota - self.booked - self.used

    @property
    def percent_spent(self) -> int:
        """Of the quota, booked and used."""
        return 100 * (self.booked + self.used) // self.quota if self.quota else 0


@dataclass(frozen=True)
class Benefit:
    """A service, and all that gives it. `shares`: that which ends first comes first, and is booked on first."""

    service: Service
    shares: tuple[Share, ...]

    @property
    def open_shares(self) -> list[Share]:
        """Those that can be booked on now."""
        return [share for share in self.shares if share.obstacle is None]

    @property
    def coming_shares(self) -> list[Share]:
        """Those of a benefit year that is yet to begin."""
        return [share for share in self.shares if share.obstacle == Obstacle.NOT_YET and share.left != 0]

    @property
    def counted(self) -> list[Share]:
        """Those that the figures are of: what was withdrawn is none of them."""
        return [share for share in self.shares if share.obstacle not in (Obstacle.WITHDRAWN, Obstacle.NOT_YET)]

    @property
    def quota(self) -> int | None:
        return total([share.quota for share in self.counted])

    @property
    def left(self) -> int | None:
        return total([share.left for share in self.counted])

    @property
    def booked(self) -> int:
        """Of what is `counted`; where nothing is, of what is honoured all the same, or is yet to begin."""
        return sum(share.booked for share in self.counted or self.shares)

    @property
    def used(self) -> int:
        return sum(share.used for share in self.counted)

    @property
    def obstacle(self) -> Share | None:
        """The share that says why nothing can be booked; None where something can."""
        if self.open_shares:
            return None
        # What the customer can do something about, or what only time mends, before what is gone for good.
        return min(self.shares, key=lambda share: (share.obstacle == Obstacle.WITHDRAWN, share.ends_on))


def total(counts: Sequence[int | None]) -> int | None:
    """None, without an end, as soon as one of them is."""
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def benefits_of(customer_id: int, *, on: date) -> list[Benefit]:
    """All that is given on that day or later, with what was withdrawn this year, in the catalogue's order.

    Whether the level is enough is asked of the customer's account; without one it is not.
    """
    customer = Customer.objects.get(pk=customer_id)
    account = Member.objects.filter(customer=customer_id, is_active=True).first()
    held = level_of(account) if account else Level.REGISTERED
    age = age_on(customer.birth_date, on) if customer.birth_date else None
    given = (
        Entitlement.objects.filter(customer=customer_id, ends_on__gte=on)
        .select_related("service", "allowance", "policy")
        .order_by("service", "ends_on", "pk")
    )
    return [
        Benefit(service, tuple(share_of(each, held=held, age=age, on=on) for each in shares))
        for service, shares in groupby(given, key=lambda each: each.service)
    ]


def share_of(given: Entitlement, *, held: Level, age: int | None, on: date) -> Share:
    until = suspended_until(Booking.objects.of_service(given), given.allowance, on=on)
    return Share(
        entitlement_id=given.pk,
        source=Entitlement.Source(given.source),
        terms=given.allowance,
        policy_no=given.policy.policy_no if given.policy else "",
        starts_on=given.starts_on,
        ends_on=given.ends_on,
        quota=given.quota,
        booked=given.held,
        used=given.used,
        family_left=family_left(given),
        withdrawn_on=given.withdrawn_on,
        obstacle=obstacle_of(given, held=held, age=age, suspended=until is not None, on=on),
        until=until,
    )


def family_left(given: Entitlement) -> int:
    family = given.family_quota - given.family_used
    return family if given.left is None else min(family, given.left)


def obstacle_of(given: Entitlement, *, held: Level, age: int | None, suspended: bool, on: date) -> Obstacle | None:
    """The first that there is. Family may be of another age: only what is the customer's alone has that obstacle."""
    terms = given.allowance
    too_young = age is not None and terms.min_age is not None and age < terms.min_age
    too_old = age is not None and terms.max_age is not None and age > terms.max_age
    found = {
        Obstacle.WITHDRAWN: given.withdrawn_on is not None,
        Obstacle.NOT_YET: given.starts_on > on,
        Obstacle.LEVEL: held < given.service.required_level,
        Obstacle.AGE: (too_young or too_old) and not family_left(given),
        Obstacle.SUSPENDED: suspended,
        Obstacle.USED_UP: given.left == 0,
    }
    return next((obstacle for obstacle, is_there in found.items() if is_there), None)
