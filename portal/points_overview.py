"""What a member has of points now, and how the year went: what the page and the app show of it."""

from dataclasses import dataclass
from datetime import timedelta

from dateutil.relativedelta import relativedelta
from django.utils import timezone
from django.utils.translation import gettext as _

from points.queries import (
    Balance,
    Expiring,
    Pending,
    balance_of,
    expiring,
    months,
    next_to_expire,
    owed_for,
    pending,
    set_aside,
)
from portal.points_words import Line, known_of, lines

#: What ends within so many days is told of on the page.
SOON = timedelta(days=90)
#: So many months, at least, in which something moved make a chart.
PICTURE = 2


@dataclass(frozen=True)
class Reserved:
    """`what`: the reward's name, empty where nobody knows it (any more)."""

    points: int
    what: str


@dataclass(frozen=True)
class Overview:
    balance: Balance
    pending: list[Pending]
    reserved: list[Reserved]
    owed_for: list[Line]
    expiring: list[Expiring]
    next_to_expire: Expiring | None


def overview_of(member_id: int) -> Overview:
    """What is zero is not asked further about."""
    now = timezone.now()
    balance = balance_of(member_id, now)
    holds = set_aside(member_id) if balance.held else []
    known = known_of(hold.reason for hold in holds).names
    return Overview(
        balance=balance,
        pending=pending(member_id, now) if balance.pending else [],
        reserved=[Reserved(hold.points, known.get(hold.reason, "")) for hold in holds],
        owed_for=lines(owed_for(member_id)) if balance.owed else [],
        expiring=expiring(member_id, now + SOON, now) if balance.available else [],
        next_to_expire=next_to_expire(member_id, now) if balance.available or balance.pending else None,
    )


def year_chart(member_id: int) -> tuple[list[str], dict[str, list[int]]] | None:
    """Labels and series of the last twelve months, this one included; None where they are no picture: nothing moved, or
    in one month alone.
    """
    first = timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0) - relativedelta(months=11)
    found = {month.begins.month: month for month in months(member_id, since=first)}
    if len(found) < PICTURE:
        return None
    order = [(first + relativedelta(months=count)).month for count in range(12)]
    series = {
        _("Earned"): [found[month].earned if month in found else 0 for month in order],
        _("Used"): [found[month].used if month in found else 0 for month in order],
    }
    if any(month.expired for month in found.values()):
        series[_("Expired")] = [found[month].expired if month in found else 0 for month in order]
    return [str(month) for month in order], series
