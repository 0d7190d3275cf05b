"""What every page knows."""

from functools import partial

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from members.ages import age_on
from members.models import Language
from points.naming import points_name
from portal import navigation

#: From this age on care mode is offered.
CARE_FROM_YEARS = 60


def brand(request: HttpRequest) -> dict[str, object]:
    """The names of insurer and points in the reader's language, the hotline, and whether this is the demo."""
    language = Language.current()
    return {
        "insurer_name": settings.INSURER_NAME[language],
        "points_name": points_name(),
        "hotline": settings.HOTLINE,
        "demo": settings.DEMO,
    }


def shell(request: HttpRequest) -> dict[str, object]:
    """How the reader wants the pages shown. What costs a query is asked only by a page that shows it."""
    theme = request.COOKIES.get("theme")
    return {
        "care_mode": request.COOKIES.get("care") == "on",
        "theme": theme if theme in {"light", "dark"} else "",
        "places": partial(navigation.places, request),
        "offer_care": partial(offer_care, request),
    }


def offer_care(request: HttpRequest) -> bool:
    """Whether to offer larger letters: to a member of 60 or more who has not decided yet."""
    if "care" in request.COOKIES or not request.user.is_authenticated or not request.user.customer:
        return False
    born = request.user.customer.birth_date
    return born is not None and age_on(born, timezone.localdate()) >= CARE_FROM_YEARS
