"""Who does not come can't book a service for a while (benefits.csv: "no-show twice suspends for 12 months")."""

from datetime import date

from dateutil.relativedelta import relativedelta
from django.utils import timezone

from benefits.models import Booking, Entitlement


def suspended_until(entitlement: Entitlement, *, on: date) -> date | None:
    """The first day on which the service is open again to the customer; None where it is.

    Counted are the newest `suspended_after` visits that were not kept, where less than `suspended_months` lie
    between them; the time runs from the newest. The catalogue says no more than "twice".
    """
    terms = entitlement.allowance
    if terms.suspended_after is None or terms.suspended_months is None:
        return None
    missed = Booking.objects.of_service(entitlement).filter(state=Booking.State.NO_SHOW)
    newest = missed.order_by("-starts_at").values_list("starts_at", flat=True)[: terms.suspended_after]
    days = [timezone.localdate(moment) for moment in newest]
    months = relativedelta(months=terms.suspended_months)
    if len(days) < terms.suspended_after or days[-1] + months <= days[0]:
        return None
    until: date = days[0] + months
    return until if on < until else None
