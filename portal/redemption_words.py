"""Where a redemption stands, in the member's words."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from members.entrances import Entrance
from points.models import Redemption
from points.naming import named
from points.rewards.history import Redeemed, Returned, Showing
from portal import delivered_words
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
    State.ASKED: gettext_lazy("Held back for a while"),
    State.FULFILLING: gettext_lazy("On its way"),
    State.DOUBTFUL: gettext_lazy("We are looking into it"),
    State.FAILED: gettext_lazy("Did not work, nothing was taken"),
    State.CANCELLED: gettext_lazy("Called off, nothing was taken"),
}
#: On its way, and no order has reached the provider.
WAITING = gettext_lazy("Waiting for the provider")
GIVEN_BACK = gettext_lazy("Given back")


def state_of(found: Redeemed) -> str:
    """In short, as it is by now."""
    if found.is_waiting:
        return str(WAITING)
    return str(GIVEN_BACK) if found.is_given_back else ended_as(found)


def ended_as(found: Redeemed) -> str:
    """How it came out, whatever was given back since; of what was delivered, by what it is."""
    return delivered_words.in_short(found) if found.state == State.DELIVERED else str(STATES[found.state])


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


def chip_of(found: Redeemed) -> str:
    return "" if found.is_given_back else CHIPS[found.state]


def words_of(found: Redeemed) -> Words:
    """What happened, why, and what to do now."""
    points = {"points": named(found.points)}
    if found.is_given_back:
        return Words(
            _("Given back"),
            _("We have given you all %(points)s of it back.") % points,
            _("What it brought you is not good any more. You can redeem anew."),
        )
    match found.state:
        case State.ASKED:
            return Words(
                _("Asked for, not yet in effect"),
                _("For your protection it goes ahead at %(time)s only. Until then you can call it off.")
                % {"time": clock(found.effective_at)},
                _("Was it not you? Call it off, and call us."),
            )
        case State.FULFILLING if found.is_waiting:
            return Words(
                str(WAITING),
                _(
                    "%(points)s are set aside for it. The provider has not taken it yet. We go on trying by ourselves; "
                    "should it come to nothing, you have them back."
                )
                % points,
                _("You need not wait here: we tell you when it has come. Until it is taken you can call it off."),
            )
        case State.FULFILLING:
            return Words(
                _("On its way"),
                _("%(points)s are set aside for it. The provider is about it, so it can't be called off now.") % points,
                _("Mostly it comes within a minute; at busy times it takes longer. We tell you when it has come."),
            )
        case State.DOUBTFUL:
            return Words(
                _("We are looking into it"),
                _(
                    "The provider has not told us yet whether it was delivered. Our people are asking. Your %(points)s "
                    "stay set aside: either it comes, or you have them back."
                )
                % points,
                _("You need not do anything; please don't redeem it a second time."),
            )
        case State.DELIVERED:
            return Words(delivered_words.in_short(found), delivered_words.why(found), delivered_words.now(found))
        case State.FAILED:
            return Words(
                _("It did not work"),
                _("The provider could not deliver it. Your %(points)s are free again.") % points,
                _("Please try once more later, or choose another reward."),
            )
        case _:
            return Words(_("Called off"), _("Your %(points)s are free again.") % points, _("You can redeem them anew."))


def happened(found: Redeemed, showings: list[Showing], returned: list[Returned]) -> list[Item]:
    """The newest first."""
    items = [Item(_("You asked for it"), found.asked_at)]
    if found.ended_at:
        items.append(Item(ended_as(found), found.ended_at, look=LOOKS[found.state]))
    if showings:
        items.append(shown(showings))
    for each in returned:
        title = _("%(points)s were given back") % {"points": named(each.points)}
        items.append(Item(title, each.at, each.why))
    return sorted(items, key=lambda item: item.at, reverse=True)


def shown(showings: list[Showing]) -> Item:
    """One line for all of them, with the time of the last one and where each was."""
    last, many = showings[-1], len(showings)
    title = (
        ngettext("The code was shown %(count)s time, last", "The code was shown %(count)s times, last", many)
        % {"count": many}
        if many > 1
        else _("The code was shown")
    )
    places = dict.fromkeys(str(Entrance(each.entrance).label) for each in showings)
    return Item(title, last.at, _(", ").join(places))
