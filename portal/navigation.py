"""Where a member can go: five places, and what there is about the account. What has no address yet is not shown."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _

from points.naming import points_name


@dataclass(frozen=True)
class Place:
    """`icon`: an id of icons.svg; `url_name`: of its first page."""

    name: Promise | str
    icon: str
    url_name: str
    note: Promise | str = ""


@dataclass(frozen=True)
class Link:
    """A place with its address."""

    name: Promise | str
    icon: str
    note: Promise | str
    href: str
    current: bool = False


#: As the reader calls them.
POINTS_NAME = lazy(points_name, str)()
PLACES = (
    Place(_("Home"), "home", "front"),
    Place(_("Services"), "services", "services"),
    Place(POINTS_NAME, "points", "points"),
    Place(_("Benefits"), "benefits", "benefits"),
    Place(_("Me"), "me", "me"),
)
ACCOUNT = (
    Place(_("My level"), "shield-tick", "level", _("What you can do here, and how to do more")),
    Place(_("My VIP tier"), "shield-star", "my-tier", _("What it is, why, and what is missing for the next")),
    Place(_("My family list"), "people", "family", _("For whom you can book visits")),
    Place(_("Signing in"), "key", "mfa_index", _("Password and passkey")),
    Place(_("My phone number"), "phone", "change-phone", _("Another one, or the old one is lost")),
    Place(_("My devices"), "device", "usersessions_list", _("Where you are signed in")),
    Place(_("My cases"), "chat", "cases", _("What you asked our partners for, and their answers")),
    Place(_("Account history"), "clock", "my-history", _("Sign-ins, levels and consents")),
    Place(_("My consents"), "file", "consents", _("What you agreed to, and how to take it back")),
    Place(_("My data"), "inbox", "my-data", _("A copy of it, or an end to it")),
    Place(_("Two accounts?"), "people", "merge-accounts", _("Make them one")),
    Place(_("A code from our people"), "desk", "service-code", _("From a counter or on the phone")),
    Place(_("Letters and colours"), "care", "display", _("Care mode, light or dark, language")),
)
#: What was done that the account history leaves out.
ELSEWHERE = (
    Place(POINTS_NAME, "points", "points-history", _("Everything that came and went")),
    Place(_("What I have redeemed"), "tick", "redemptions", _("Where it stands, codes and certificates")),
    Place(_("My bookings"), "calendar", "my-bookings", _("Visits that are to come, and those that were")),
    Place(_("My cases"), "chat", "cases", _("What you asked our partners for, and their answers")),
)
#: From the member's points on.
POINTS = (
    Place(_("Redeem"), "benefits", "rewards", _("What there is to be had")),
    Place(_("What I have redeemed"), "tick", "redemptions", _("Where it stands, codes and certificates")),
    Place(_("All bookings"), "clock", "points-history", _("Everything that came and went")),
    Place(_("Statement"), "file", "points-statement", _("To print, or as a table")),
    Place(_("How to earn more"), "leaf", "points-earning", _("What is rewarded, and how much")),
)
#: Of a provider's desk, instead of the five.
DESK = (
    Place(_("Visits"), "calendar", "desk"),
    Place(_("Cases"), "chat", "desk-cases"),
    Place(_("Settlement"), "file", "desk-settlements"),
    Place(_("Me"), "me", "me"),
)


def places(request: HttpRequest) -> list[Link]:
    """For the bottom or the side of every page; nothing for a visitor, who has one place only.

    Of two that a page belongs to, benefits below what is the member's own, it is the nearer one.
    """
    if not request.user.is_authenticated:
        return []
    links = list(existing(PLACES))
    # One place may be below another one: the page belongs to the nearest.
    here = max((link.href for link in links if is_at(request.path, link.href)), key=len, default="")
    return [replace(link, current=link.href == here) for link in links]


def is_at(path: str, place: str) -> bool:
    """Whether a page is at a place or below its address. The front page has nothing below it."""
    return path == place or (place != "/" and path.startswith(f"{place.rstrip('/')}/"))


def desk_places(request: HttpRequest) -> list[Link]:
    """All of the desk lies below its first page: the longest address that fits is the current one."""
    links = list(existing(DESK))
    fitting = [link.href for link in links if is_at(request.path, link.href)]
    return [replace(link, current=link.href == max(fitting, key=len, default="")) for link in links]


def of_the_account() -> list[Link]:
    """For the page "Me"."""
    return list(existing(ACCOUNT))


def existing(places: tuple[Place, ...]) -> Iterator[Link]:
    for place in places:
        try:
            yield Link(place.name, place.icon, place.note, reverse(place.url_name))
        except NoReverseMatch:
            continue
