"""Why a visit is not booked, moved, cancelled, kept or rated."""

from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from benefits.refusals.base import BenefitRefused, clock_words, day_words
from members.models import Level


class NotACustomer(BenefitRefused):
    """The account is not joined to a customer yet: nobody knows which benefits it has."""

    code = "not_a_customer"

    def __str__(self) -> str:
        return _("Please confirm who you are first: your benefits come with your policies.")


class NotEntitled(BenefitRefused):
    """Neither tier nor policy nor staff gives this service on that day."""

    code = "not_entitled"

    def __str__(self) -> str:
        return _("This service is not among your benefits on that day.")


class QuotaUsedUp(BenefitRefused):
    """`ends_on`: the last day of the benefit year."""

    code = "quota_used_up"

    def __init__(self, ends_on: date) -> None:
        super().__init__(ends_on)
        self.ends_on = ends_on

    def __str__(self) -> str:
        return _("You have booked or used all of this service until %(day)s.") % {"day": day_words(self.ends_on)}


class FamilyQuotaUsedUp(BenefitRefused):
    code = "family_quota_used_up"

    def __str__(self) -> str:
        return _("No more of this service can go to your family this year. You can still book it for yourself.")


class NotForFamily(BenefitRefused):
    """The service is for the customer alone, or not for this relation."""

    code = "not_for_family"

    def __str__(self) -> str:
        return _("This service is not for this family member. Please book it for yourself.")


class GuestNotListed(BenefitRefused):
    """Not on the customer's list of family members, or taken off it."""

    code = "guest_not_listed"

    def __str__(self) -> str:
        return _("This person is not on your family list. Please add them first.")


class BenefitNeedsLevel(BenefitRefused):
    code = "level_needed"

    def __init__(self, needed: Level) -> None:
        super().__init__(needed)
        self.needed = needed

    def __str__(self) -> str:
        return _("This service needs the level “%(level)s”. You can reach it on your phone.") % {
            "level": self.needed.label
        }


class NotAtThisAge(BenefitRefused):
    """`youngest`, `oldest`: in years, at the visit; None for no bound."""

    code = "not_at_this_age"

    def __init__(self, youngest: int | None, oldest: int | None) -> None:
        super().__init__(youngest, oldest)
        self.youngest, self.oldest = youngest, oldest

    def __str__(self) -> str:
        if self.youngest is not None and self.oldest is not None:
            return _("This service is for people from %(youngest)s to %(oldest)s years of age.") % {
                "youngest": self.youngest,
                "oldest": self.oldest,
            }
        if self.youngest is not None:
            return _("This service is for people of %(youngest)s and more.") % {"youngest": self.youngest}
        return _("This service is for people up to %(oldest)s years of age.") % {"oldest": self.oldest}


class TooSoonAfterLast(BenefitRefused):
    """`earliest`: the first day on which the next visit may be."""

    code = "too_soon_after_last"

    def __init__(self, days: int, earliest: date) -> None:
        super().__init__(days, earliest)
        self.days, self.earliest = days, earliest

    def __str__(self) -> str:
        return _("There have to be %(days)s days between two visits. The next one can be from %(day)s on.") % {
            "days": self.days,
            "day": day_words(self.earliest),
        }


class OpenAlready(BenefitRefused):
    """Fair use: so many may be under way at a time, and they are."""

    code = "open_already"

    def __init__(self, at_once: int) -> None:
        super().__init__(at_once)
        self.at_once = at_once

    def __str__(self) -> str:
        return ngettext(
            "One can be open at a time. Please use or cancel that one first.",
            "%(count)s can be open at a time. Please use or cancel one first.",
            self.at_once,
        ) % {"count": self.at_once}


class DoubleBooked(BenefitRefused):
    """The same person has another booking, wherever, that is not over by then."""

    code = "double_booked"

    def __str__(self) -> str:
        return _("There is a booking for this person at this time already.")


class RequestConflict(BenefitRefused):
    """The key of the request stands for another booking."""

    code = "request_conflict"

    def __str__(self) -> str:
        return _("This request was used for another booking. Please begin once more.")


class NotBooked(BenefitRefused):
    """The booking has ended, one way or another: there is nothing to cancel, move or check in."""

    code = "not_booked"

    def __str__(self) -> str:
        return _("This booking has ended already.")


class TooLateToCancel(BenefitRefused):
    """The visit has begun."""

    code = "too_late_to_cancel"

    def __str__(self) -> str:
        return _("The time of this booking has come, so it can't be cancelled any more.")


class CountsAsUsed(BenefitRefused):
    """Cancelled now it counts as used, and the member has not been told so."""

    code = "counts_as_used"

    def __str__(self) -> str:
        return _("It is too late to cancel it free of charge: cancelled now, it counts as used.")


class TooLateToMove(BenefitRefused):
    """`hours`: how long before the visit it can be moved at the latest."""

    code = "too_late_to_move"

    def __init__(self, hours: int) -> None:
        super().__init__(hours)
        self.hours = hours

    def __str__(self) -> str:
        if not self.hours:
            return _("A booking can be moved until the visit begins.")
        return _("A booking can be moved up to %(hours)s hours before. It is later than that.") % {"hours": self.hours}


class UnknownCode(BenefitRefused):
    """No such code, or one of another provider's: which of the two is nobody's business."""

    code = "unknown_code"

    def __str__(self) -> str:
        return _("No booking at your sites has this code. Please check the letters, or look for the guest by time.")


class CodeUsed(BenefitRefused):
    """The guest was checked in before, or the booking has ended."""

    code = "code_used"

    def __init__(self, at: datetime) -> None:
        super().__init__(at)
        self.at = at

    def __str__(self) -> str:
        return _("This code was used at %(moment)s already.") % {"moment": clock_words(self.at)}


class BookingCancelled(BenefitRefused):
    code = "booking_cancelled"

    def __str__(self) -> str:
        return _("This booking was cancelled.")


class NotToday(BenefitRefused):
    """`day`: for which the booking is."""

    code = "not_today"

    def __init__(self, day: date) -> None:
        super().__init__(day)
        self.day = day

    def __str__(self) -> str:
        return _("This booking is for %(day)s, not for today.") % {"day": day_words(self.day)}


class NotedAsMissed(BenefitRefused):
    """`at`: when the desk, or the night, took it that nobody comes."""

    code = "noted_as_missed"

    def __init__(self, at: datetime) -> None:
        super().__init__(at)
        self.at = at

    def __str__(self) -> str:
        return _("This guest was noted as not come at %(moment)s. If they are here, please call us.") % {
            "moment": clock_words(self.at)
        }


class OwnVisit(BenefitRefused):
    """What a desk, or the insurer, does with a visit costs or is paid, so nobody does it for themselves."""

    code = "own_visit"

    def __str__(self) -> str:
        return _("This is a visit that you booked yourself. Ask a colleague, or cancel it as every member does.")


class TooEarlyForNoShow(BenefitRefused):
    """A guest may be a little late; `from_at`: from then on nobody is waited for."""

    code = "too_early_for_no_show"

    def __init__(self, from_at: datetime) -> None:
        super().__init__(from_at)
        self.from_at = from_at

    def __str__(self) -> str:
        return _("The guest may still come: this can be noted from %(moment)s on.") % {
            "moment": clock_words(self.from_at)
        }


class NotVisited(BenefitRefused):
    """Only a visit that took place is rated, once."""

    code = "not_visited"

    def __str__(self) -> str:
        return _("Only a visit that took place can be rated, and only once.")


class PlacesAreFree(BenefitRefused):
    """Nobody needs to wait on that day."""

    code = "places_are_free"

    def __str__(self) -> str:
        return _("There are free places on that day. Please choose one of them.")


class TooManyWaits(BenefitRefused):
    """`at_once`: so many waiting lists one customer is on at a time."""

    code = "too_many_waits"

    def __init__(self, at_once: int) -> None:
        super().__init__(at_once)
        self.at_once = at_once

    def __str__(self) -> str:
        return ngettext(
            "You can be on %(count)s waiting list at a time. Please leave it first.",
            "You can be on %(count)s waiting lists at a time. Please leave one first.",
            self.at_once,
        ) % {"count": self.at_once}


class NotOnWaitingList(BenefitRefused):
    code = "not_on_waiting_list"

    def __str__(self) -> str:
        return _("You are not on this waiting list any more.")
