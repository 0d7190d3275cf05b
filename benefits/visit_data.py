"""What visits keep about a member: copied out, erased with the account, and what stops its closing.

What somebody said of a visit goes with the account; that it took place, and what was paid for it, is accounting.
"""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from benefits.case_data import YEARS_KEPT
from benefits.models import Booking
from benefits.queries.bookings import bookings_of, coming_bookings, waiting_of, waiting_places_of
from members.closing import Consequence, register_closure_obstacles
from members.models import Member
from members.personal_data import Kept, Section, register_personal_data

WHERE = ("at__service", "at__site__provider", "at__site__city", "at__site__address")
WHOM = ("guest__relation", "guest__name")


def export_visits(member: Member) -> list[Section]:
    """For everybody who comes on the member's entitlements."""
    visits, waiting = bookings_of(member).order_by("pk"), waiting_places_of(member).order_by("pk")
    return [
        Section.of(
            _("Bookings of visits"),
            visits.select_related("slot__at__service"),
            (
                *(f"slot__{path}" for path in WHERE),
                *("starts_at", *WHOM, "state", "booked_at", "checked_in_at", "ended_at"),
                *("rating", "rated_at", "rating_words"),
            ),
        ),
        Section.of(
            _("Waiting lists"),
            waiting.select_related("at__site__provider"),
            (*WHERE, "day", *WHOM, "state", "joined_at"),
        ),
    ]


def erase_visits(member: Member) -> list[Kept]:
    visits = bookings_of(member)
    visits.filter(rating_words__isnull=False).update(rating_words=None)
    latest = visits.filter(state__in=Booking.SPENT).order_by("-ended_at").first()
    if latest is None or latest.ended_at is None:
        return []
    return [
        Kept(
            _("Which visits you had at our partners and when, without what you said of them"),
            _("as accounting records, for thirty years (Accounting Archives Rules, art. 14)"),
            until=date(timezone.localdate(latest.ended_at).year + YEARS_KEPT, 12, 31),
        )
    ]


def visits_to_come(member: Member) -> list[Consequence]:
    said = []
    if count := coming_bookings(member).count():
        text = ngettext(
            "A visit of yours is booked. Let it take place or cancel it, then close the account.",
            "%(count)s visits of yours are booked. Let them take place or cancel them, then close the account.",
            count,
        )
        said.append(Consequence(text % {"count": count}, blocks=True))
    if count := waiting_of(member).count():
        text = ngettext(
            "You wait for a place on a day that is full. Leave the waiting list, then close the account.",
            "You wait for places on %(count)s days that are full. Leave the waiting lists, then close the account.",
            count,
        )
        said.append(Consequence(text % {"count": count}, blocks=True))
    return said


register_personal_data("benefit visits", export=export_visits, erase=erase_visits)
register_closure_obstacles("benefit visits", visits_to_come)
