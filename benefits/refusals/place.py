"""Why a place can't be taken at a site."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from benefits.booking_window import DAYS_AHEAD
from benefits.refusals.base import BenefitRefused, clock_words, day_words

if TYPE_CHECKING:
    from benefits.queries.places import FreeSlot


class NotOffered(BenefitRefused):
    """The site does not (or no longer) offer the service, or it is closed for good, or its provider is."""

    code = "not_offered"

    def __str__(self) -> str:
        return _("This place does not offer the service at present. Please choose another one.")


class NoContract(BenefitRefused):
    """On that day no contract with the provider has a price for the service."""

    code = "no_contract"

    def __str__(self) -> str:
        return _("On that day we have no agreement with this place for the service. Please choose another one.")


class ClosedDay(BenefitRefused):
    """The site is closed on that day."""

    code = "closed_day"

    def __init__(self, day: date) -> None:
        super().__init__(day)
        self.day = day

    def __str__(self) -> str:
        return _("This place is closed on %(day)s. Please choose another day.") % {"day": day_words(self.day)}


class NoSuchSlot(BenefitRefused):
    """Open that day, but nothing starts at that moment."""

    code = "no_such_slot"

    def __str__(self) -> str:
        return _("Nothing can be booked for this time. Please choose one of the times that are offered.")


class PastDate(BenefitRefused):
    code = "past_date"

    def __str__(self) -> str:
        return _("This time is over. Please choose a later one.")


class TooSoon(BenefitRefused):
    """The provider needs longer to prepare; `earliest_at`: from then on it can be booked."""

    code = "too_soon"

    def __init__(self, earliest_at: datetime) -> None:
        super().__init__(earliest_at)
        self.earliest_at = earliest_at

    def __str__(self) -> str:
        return _("This has to be booked further ahead: please choose a time after %(moment)s.") % {
            "moment": clock_words(self.earliest_at)
        }


class TooFarAhead(BenefitRefused):
    """`last_day`: the last that can be booked now."""

    code = "too_far_ahead"

    def __init__(self, last_day: date) -> None:
        super().__init__(last_day)
        self.last_day = last_day

    def __str__(self) -> str:
        return ngettext(
            "This can be booked at most %(days)s day ahead: please choose a day until %(day)s.",
            "This can be booked at most %(days)s days ahead: please choose a day until %(day)s.",
            DAYS_AHEAD,
        ) % {"days": DAYS_AHEAD, "day": day_words(self.last_day)}


class SlotTaken(BenefitRefused):
    """Full meanwhile; `next_free`: the next five at the same place, fewer or none where there are not as many."""

    code = "slot_taken"

    def __init__(self, next_free: "list[FreeSlot]") -> None:
        super().__init__(next_free)
        self.next_free = next_free

    def __str__(self) -> str:
        if not self.next_free:
            return _("The last place at this time has just gone. Please choose another place.")
        return _("The last place at this time has just gone. Please choose one of the next free times.")
