"""Rewards in the member's words: what one is, why it is not to be had (yet), and the way to get there."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Level
from points.models import Reward
from points.naming import named
from points.refusals import InsufficientPoints, KeyConflict, LedgerRefusal
from points.rewards import refusals
from points.rewards.offers import Offer
from points.rewards.refusals import RewardRefused
from points.terms import SHANGHAI
from portal.next_step import next_step

Kind, Fulfilment = Reward.Kind, Reward.Fulfilment
Refusal = RewardRefused | LedgerRefusal
#: Ids of icons.svg.
ICONS = {
    Kind.PHONE_CREDIT: "phone",
    Kind.E_CARD: "card",
    Kind.VIDEO_MEMBERSHIP: "film",
    Kind.HEALTH: "pulse",
    Kind.FESTIVAL: "ticket",
    Kind.DONATION: "giving",
}
KINDS = {
    Kind.PHONE_CREDIT: gettext_lazy("Phone credit"),
    Kind.E_CARD: gettext_lazy("Shopping cards"),
    Kind.VIDEO_MEMBERSHIP: gettext_lazy("Films and series"),
    Kind.HEALTH: gettext_lazy("Health"),
    Kind.FESTIVAL: gettext_lazy("Customer festival"),
    Kind.DONATION: gettext_lazy("Give to others"),
}
#: How it comes, said before it is redeemed.
DELIVERED = {
    Fulfilment.PROVIDER_API: gettext_lazy("Straight to the mobile number, mostly within a minute."),
    Fulfilment.VOUCHER_POOL: gettext_lazy("At once, as a code. You find it under “What I have redeemed”."),
    Fulfilment.DONATION: gettext_lazy(
        "At once, with a certificate. The company pays the charity; you can't call it off."
    ),
}
TITLES: dict[type[Exception], object] = {
    InsufficientPoints: gettext_lazy("Not enough yet"),
    KeyConflict: gettext_lazy("Please begin once more"),
    refusals.SetsPrices: gettext_lazy("Not with this account"),
    refusals.NotOffered: gettext_lazy("Not to be had at present"),
    refusals.NotYetOffered: gettext_lazy("Not to be had yet"),
    refusals.OfferEnded: gettext_lazy("This offer has ended"),
    refusals.SoldOut: gettext_lazy("All gone"),
    refusals.LimitReached: gettext_lazy("You have had it already"),
    refusals.RewardNeedsLevel: gettext_lazy("One step first"),
    refusals.NotOwnMobile: gettext_lazy("Only for your own number"),
    refusals.MobileNeeded: gettext_lazy("Which number?"),
    refusals.PriceChanged: gettext_lazy("The price has changed"),
    refusals.ProjectNeeded: gettext_lazy("Whom is it for?"),
    refusals.TooLateToCancel: gettext_lazy("Too late to call it off"),
    refusals.NotDelivered: gettext_lazy("There is no code to show"),
}


@dataclass(frozen=True)
class Way:
    """Where what is in the way is mended."""

    href: str
    action: str


def title(refusal: Refusal) -> str:
    return str(TITLES.get(type(refusal), _("This did not work")))


def why(refusal: Refusal) -> str:
    """What happened, and what to do now. The ledger's own words are for the bookkeeper where they name no number."""
    if isinstance(refusal, RewardRefused):
        return str(refusal)
    if isinstance(refusal, InsufficientPoints):
        said = (
            _(
                "%(missing)s are missing: it costs %(asked)s, you can use %(available)s now, and what you earn next "
                "first pays the %(owed)s that you owe. Nothing was taken. You earn more by doing things here yourself."
            )
            if refusal.owed
            else _(
                "%(missing)s are missing: it costs %(asked)s, and you can use %(available)s now. Nothing was taken. "
                "You earn more by doing things here yourself."
            )
        )
        figures = {
            "missing": refusal.to_earn,
            "asked": refusal.asked,
            "available": refusal.available,
            "owed": refusal.owed,
        }
        return said % {name: named(points) for name, points in figures.items()}
    if isinstance(refusal, KeyConflict):
        return _("This page had been used for something else before. Nothing was taken; please choose the reward anew.")
    return _("Nothing was taken. Please try once more in a few minutes, or call us.")


def way(refusal: Refusal, *, held: Level, back_to: str) -> Way | None:
    """None where only time helps, or nothing."""
    match refusal:
        case refusals.RewardNeedsLevel() if step := next_step(held):
            return Way(f"{step.href}?{urlencode({'next': back_to})}", step.action)
        case InsufficientPoints():
            return Way(reverse("points-earning"), _("How to earn more"))
        case refusals.NotOwnMobile():
            return Way(reverse("change-phone"), _("Change my phone number"))
        case refusals.PriceChanged() | refusals.MobileNeeded() | refusals.ProjectNeeded() | KeyConflict():
            return Way(back_to, _("Look at it once more"))
        case _:
            return None


def explained(refusal: Refusal, *, held: Level, back_to: str) -> dict[str, str]:
    """What parts/result.html wants."""
    found = way(refusal, held=held, back_to=back_to)
    others = {"href2": reverse("rewards"), "action2": _("Other rewards")}
    if found is None:
        others = {"href": others["href2"], "action": others["action2"]}
    onward = {"href": found.href, "action": found.action} if found else {}
    return {"look": "wait", "title": title(refusal), "why": why(refusal)} | onward | others


def in_short(offer: Offer) -> str:
    """A few words for a line of the list; empty where nothing stands in the way."""
    if offer.obstacle is None:
        return ""
    if lacks_points_too(offer):
        return f"{of_obstacle(offer.obstacle)} · {_('%(missing)s more needed') % {'missing': f'{offer.missing:,}'}}"
    return of_obstacle(offer.obstacle)


def why_not(offer: Offer) -> str:
    """What stands in the way, and what would next; empty where nothing does."""
    if offer.obstacle is None:
        return ""
    if lacks_points_too(offer):
        return _("%(why)s You also need %(missing)s more.") % {
            "why": why(offer.obstacle),
            "missing": named(offer.missing),
        }
    return why(offer.obstacle)


def lacks_points_too(offer: Offer) -> bool:
    """Nobody is to show their face only to learn then that their points don't suffice."""
    return isinstance(offer.obstacle, refusals.RewardNeedsLevel) and offer.missing > 0


def of_obstacle(obstacle: Refusal) -> str:
    match obstacle:
        case InsufficientPoints():
            return _("%(missing)s more needed") % {"missing": f"{obstacle.to_earn:,}"}
        case refusals.RewardNeedsLevel() if obstacle.required == Level.ADVANCED:
            return _("after the face check")
        case refusals.RewardNeedsLevel():
            return _("after you have verified who you are")
        case refusals.LimitReached() if obstacle.again_at:
            return _("again from %(day)s") % {"day": date_format(timezone.localtime(obstacle.again_at, SHANGHAI))}
        case _:
            return title(obstacle)


def often(reward: Reward) -> str:
    """How often a member can have it; empty where there is no limit."""
    return refusals.LimitReached(reward, None).often if reward.limit_count else ""
