"""Who does not come can't book a service for a while (benefits.csv: "no-show twice suspends for 12 months")."""

from datetime import date

from dateutil.relativedelta import relativedelta
from django.utils import timezone

from benefits.models import Allowance, Booking
from benefits.models.booking import BookingQuerySet


def suspended_until(visits: BookingQuerySet, terms: Allowance, *, on: date) -> date | None:
    """The first day on which the service is open again; None where it is. `visits`: the customer's, of the service.

    Counted are the newest `suspended_after` visits that were not kept, where less than `suspended_months` lie
    between them; the time runs from the newest. The catalogue says no more than "twice".
    """
    if terms.suspended_after is None or terms.suspended_months is None:
        return None
    missed = visits.filter(state=Booking.State.NO_SHOW).order_by("-starts_at").values_list("starts_at", flat=True)
    days = [timezone.localdate(moment) for moment in missed[: terms.suspended_after]]
    months = relativedelta(months=terms.suspended_months)
    if len(days) < terms.suspended_after or days[-1] + months <= days[0]:
        return None
    until: date = days[0] + months
    return until if on < until else None
