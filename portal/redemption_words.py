"""Where a redemption stands, in the member's words."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.entrances import Entrance
from points.models import Redemption
from points.rewards.history import Redeemed, Returned, Showing
from portal.refusals import clock

State = Redemption.State
LOOKS = {
    State.ASKED: "wait",
    State.FULFILLING: "wait",
    State.DOUBTFUL: "wait",
    State.DELIVERED: "good",
    State.FAILED: "bad",
    State.CANCELLED: "bad",
}
#: Classes of the stylesheet.
CHIPS = {
    State.ASKED: "chip-wait",
    State.FULFILLING: "chip-wait",
    State.DOUBTFUL: "chip-warn",
    State.DELIVERED: "chip-good",
    State.FAILED: "chip-bad",
    State.CANCELLED: "",
}
STATES = {
    State.ASKED: gettext_lazy("held back for a while"),
    State.FULFILLING: gettext_lazy("on its way"),
    State.DOUBTFUL: gettext_lazy("we are looking into it"),
    State.DELIVERED: gettext_lazy("you have it"),
    State.FAILED: gettext_lazy("did not work, points are back"),
    State.CANCELLED: gettext_lazy("called off, points are back"),
}
GIVEN_BACK = gettext_lazy("points given back")


@dataclass(frozen=True)
class Words:
    """As parts/result.html wants them."""

    title: str
    why: str
    now: str


@dataclass(frozen=True)
class Item:
    """As parts/timeline.html wants it."""

    title: str
    at: datetime
    note: str = ""
    look: str = ""


def state_of(found: Redeemed) -> str:
    return str(GIVEN_BACK if found.is_given_back else STATES[found.state])


def chip_of(found: Redeemed) -> str:
    return "" if found.is_given_back else CHIPS[found.state]


def words_of(found: Redeemed) -> Words:
    """What happened, why, and what to do now."""
    points = {"points": f"{found.points:,}"}
    if found.is_given_back:
        return Words(
            _("Your points were given back"),
            _("We have given you all %(points)s points of it back.") % points,
            _("What it brought you is not good any more. You can redeem the points anew."),
        )
    match found.state:
        case State.ASKED:
            return Words(
                _("Asked for, not yet in effect"),
                _("For your protection it goes ahead at %(time)s only. Until then you can call it off.")
                % {"time": clock(found.effective_at)},
                _("Was it not you? Call it off, and call us."),
            )
        case State.FULFILLING:
            return Words(
                _("On its way"),
                _("%(points)s points are set aside for it. Mostly it takes less than a minute.") % points,
                _("You need not wait here: we tell you when it has come."),
            )
        case State.DOUBTFUL:
            return Words(
                _("We are looking into it"),
                _(
                    "The provider has not told us yet whether it was delivered. Our people are asking. Your %(points)s "
                    "points stay set aside: either it comes, or you have them back."
                )
                % points,
                _("You need not do anything; please don't redeem it a second time."),
            )
        case State.DELIVERED:
            return delivered(found)
        case State.FAILED:
            return Words(
                _("It did not work"),
                _("The provider could not deliver it. Your %(points)s points are free again.") % points,
                _("Please try once more later, or choose another reward."),
            )
        case _:
            return Words(
                _("Called off"), _("Your %(points)s points are free again.") % points, _("You can redeem them anew.")
            )


def delivered(found: Redeemed) -> Words:
    if found.certificate_no:
        return Words(
            _("Thank you"),
            _("You have given %(points)s points to “%(project)s”; the company pays CNY %(amount)s to the charity.")
            % {"points": f"{found.points:,}", "project": found.project, "amount": f"{found.amount:,.2f}"},
            _("Your certificate: No. %(number)s") % {"number": found.certificate_no},
        )
    if found.mobile:
        return Words(
            _("It has come"),
            _("It went to %(mobile)s.") % {"mobile": found.mobile},
            _("If nothing has arrived within the hour, please call us."),
        )
    return Words(
        _("Your code is here"),
        _("Press the button to see it. We make sure first that it is you."),
        _("Show it to nobody but the shop: whoever has the code has what it is worth."),
    )


def happened(found: Redeemed, showings: list[Showing], returned: list[Returned]) -> list[Item]:
    """The newest first."""
    items = [Item(_("You asked for it"), found.asked_at)]
    if found.ended_at:
        items.append(Item(str(STATES[found.state]), found.ended_at, look=LOOKS[found.state]))
    items += [Item(_("The code was shown"), each.at, str(Entrance(each.entrance).label)) for each in showings]
    for each in returned:
        title = _("%(points)s points were given back") % {"points": f"{each.points:,}"}
        items.append(Item(title, each.at, each.why))
    return sorted(items, key=lambda item: item.at, reverse=True)
