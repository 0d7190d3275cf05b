"""The five places of the member's pages. One that is not built yet has no address, and is not shown."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Place:
    """`icon`: an id of icons.svg; `url_name`: of its first page."""

    name: Promise
    icon: str
    url_name: str
    members_only: bool = True


@dataclass(frozen=True)
class Shown:
    place: Place
    href: str
    current: bool


PLACES = (
    Place(_("Home"), "home", "front", members_only=False),
    Place(_("Services"), "services", "services"),
    Place(_("Points"), "points", "points"),
    Place(_("Benefits"), "benefits", "benefits"),
    Place(_("Me"), "me", "me"),
)


def shown_to(request: HttpRequest) -> list[Shown]:
    """What the reader may go to; nothing when that is one place only."""
    open_ones = list(existing(request.user.is_authenticated))
    here = max((href for _, href in open_ones if request.path.startswith(href)), key=len, default="")
    if here == "/" != request.path:
        here = ""
    return [Shown(place, href, href == here) for place, href in open_ones] if len(open_ones) > 1 else []


def existing(member: bool) -> Iterator[tuple[Place, str]]:
    for place in PLACES:
        if member or not place.members_only:
            try:
                yield place, reverse(place.url_name)
            except NoReverseMatch:
                continue
