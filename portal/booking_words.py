"""Bookings in the member's words: where one stands, and why one is not made, with the way to get there."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from benefits import refusals
from benefits.models import Booking, WaitingPlace
from benefits.queries.bookable import Bookable
from benefits.queries.bookings import Visit
from benefits.refusals import BenefitRefused
from members.models import Level
from portal.benefit_words import day_words
from portal.next_step import next_step
from portal.reward_words import Way

State = Booking.State
TITLES: dict[type[BenefitRefused], object] = {
    refusals.NotACustomer: gettext_lazy("First tell us who you are"),
    refusals.NotEntitled: gettext_lazy("Not among your benefits"),
    refusals.QuotaUsedUp: gettext_lazy("All used or booked"),
    refusals.FamilyQuotaUsedUp: gettext_lazy("The family's share is used up"),
    refusals.NotForFamily: gettext_lazy("Only for yourself"),
    refusals.GuestNotListed: gettext_lazy("Not on your family list"),
    refusals.BenefitNeedsLevel: gettext_lazy("One step first"),
    refusals.NotAtThisAge: gettext_lazy("Not at this age"),
    refusals.TooSoonAfterLast: gettext_lazy("Too soon after the last visit"),
    refusals.ServiceSuspended: gettext_lazy("Closed to you for a time"),
    refusals.OpenAlready: gettext_lazy("One is open already"),
    refusals.DoubleBooked: gettext_lazy("Booked for this time already"),
    refusals.RequestConflict: gettext_lazy("Please begin once more"),
    refusals.NotBooked: gettext_lazy("This booking has ended"),
    refusals.TooLateToCancel: gettext_lazy("Too late to cancel"),
    refusals.CountsAsUsed: gettext_lazy("It counts as used"),
    refusals.TooLateToMove: gettext_lazy("Too late to move it"),
    refusals.NotVisited: gettext_lazy("It can't be rated"),
    refusals.PlacesAreFree: gettext_lazy("There are free times"),
    refusals.TooManyWaits: gettext_lazy("On enough waiting lists"),
    refusals.NotOnWaitingList: gettext_lazy("Not on the waiting list"),
    refusals.NotOffered: gettext_lazy("Not offered here"),
    refusals.NoContract: gettext_lazy("Not offered here on that day"),
    refusals.ClosedDay: gettext_lazy("Closed on that day"),
    refusals.NoSuchSlot: gettext_lazy("Not one of the times"),
    refusals.PastDate: gettext_lazy("This time is over"),
    refusals.TooSoon: gettext_lazy("Not as soon as that"),
    refusals.TooFarAhead: gettext_lazy("Too far ahead"),
    refusals.SlotTaken: gettext_lazy("Somebody was quicker"),
}
#: Of waiting that ended: what a refusal says with figures that were known at that moment alone.
WAITED: dict[type[BenefitRefused], object] = {
    refusals.QuotaUsedUp: gettext_lazy("All of this service was booked or used by then."),
    refusals.NotAtThisAge: gettext_lazy("This service is for people of another age."),
    refusals.TooSoonAfterLast: gettext_lazy("There have to be more days between two visits."),
    refusals.OpenAlready: gettext_lazy("Only so many can be open at a time, and those were."),
    refusals.ServiceSuspended: gettext_lazy("Visits were not kept, so the service was closed to you by then."),
    refusals.TooSoon: gettext_lazy("Nothing became free early enough: it has to be booked further ahead."),
}
BY_CODE = {kind.code: kind for kind in TITLES}
#: Classes of the stylesheet.
CHIPS = {
    State.BOOKED: "chip-good",
    State.CHECKED_IN: "chip-wait",
    State.COMPLETED: "chip-good",
    State.CANCELLED: "",
    State.CANCELLED_LATE: "chip-warn",
    State.NO_SHOW: "chip-bad",
}
STATES = {
    State.BOOKED: pgettext_lazy("visit", "booked"),
    State.CHECKED_IN: gettext_lazy("you are there"),
    State.COMPLETED: gettext_lazy("done"),
    State.CANCELLED: gettext_lazy("cancelled, nothing was used"),
    State.CANCELLED_LATE: gettext_lazy("cancelled late, counts as used"),
    State.NO_SHOW: gettext_lazy("nobody came, counts as used"),
}
RATINGS = (
    (5, gettext_lazy("very good")),
    (4, pgettext_lazy("rating", "good")),
    (3, gettext_lazy("all right")),
    (2, gettext_lazy("not so good")),
    (1, gettext_lazy("bad")),
)


@dataclass(frozen=True)
class Standing:
    """As parts/result.html wants it, and the chip of a list."""

    look: str
    title: str
    why: str
    chip: str
    chip_words: str


def title(refusal: BenefitRefused) -> str:
    return str(TITLES[type(refusal)])


def why_not_booked(place: WaitingPlace) -> str:
    """A sentence, to whoever waited and was not booked for."""
    kind = BY_CODE[place.why_not]
    if said := WAITED.get(kind):
        return str(said)
    known: dict[type[BenefitRefused], tuple[object, ...]] = {
        refusals.ClosedDay: (place.day,),
        refusals.BenefitNeedsLevel: (Level(place.at.service.required_level),),
    }
    return str(kind(*known.get(kind, ())))


def coming_words(bookable: Bookable) -> str:
    """What benefit years give that are yet to begin; empty where there is none."""
    said = []
    for year in bookable.coming:
        day = day_words(year.starts_on)
        if year.left is None:
            said.append(_("as often as needed from %(day)s on") % {"day": day})
        else:
            said.append(_("%(left)s more for visits from %(day)s on") % {"left": year.left, "day": day})
    return " · ".join(said)


def way(refusal: BenefitRefused, *, held: Level, back_to: str) -> Way | None:
    """Where what is in the way is mended; None where only another choice helps."""
    match refusal:
        case refusals.NotACustomer():
            return Way(f"{reverse('verify-identity')}?{urlencode({'next': back_to})}", _("Verify who I am"))
        case refusals.BenefitNeedsLevel() if step := next_step(held):
            return Way(f"{step.href}?{urlencode({'next': back_to})}", step.action)
        case (
            refusals.OpenAlready()
            | refusals.DoubleBooked()
            | refusals.QuotaUsedUp()
            | refusals.TooSoonAfterLast()
            | refusals.TooManyWaits()
        ):
            return Way(reverse("my-bookings"), _("My bookings"))
        case _:
            return None


def explained(refusal: BenefitRefused, *, held: Level, back_to: str) -> dict[str, str]:
    """What parts/result.html wants: the way where there is one, and back to the choice."""
    found = way(refusal, held=held, back_to=back_to)
    back = {"href": back_to, "action": _("Choose another time")}
    onward = (
        {"href": found.href, "action": found.action, "href2": back_to, "action2": back["action"]} if found else back
    )
    now = _("Nothing was booked, and nothing was used.")
    return {"look": "wait", "title": title(refusal), "why": str(refusal), "now": now} | onward


def standing(visit: Visit) -> Standing:
    """Where it stands, and what to do now."""
    state = visit.state
    look = "bad" if state == State.NO_SHOW else "good" if state in (State.BOOKED, State.COMPLETED) else "wait"
    chip, words = CHIPS[state], str(STATES[state])
    match state:
        case State.BOOKED if not visit.is_confirmed:
            return Standing(
                "wait",
                _("Your place is kept"),
                _("The provider is still confirming it. We go on asking, and tell you; you need not do anything."),
                "chip-wait",
                _("kept, being confirmed"),
            )
        case State.BOOKED:
            heading, why = _("It is booked"), _("Show this code at the desk, and bring your document.")
        case State.CHECKED_IN:
            heading, why = _("You are checked in"), _("The desk knows that you are there.")
        case State.COMPLETED:
            heading, why = _("The visit took place"), ""
        case State.CANCELLED:
            heading, why = _("It is cancelled"), _("Nothing was used: you can book it anew.")
        case State.CANCELLED_LATE:
            heading, why = _("It is cancelled"), _("It was later than the rules allow, so it counts as used.")
        case _:
            heading = _("Nobody came")
            why = _("Under the rules it counts as used. If there was a reason, please call us.")
    return Standing(look, heading, why, chip, words)
