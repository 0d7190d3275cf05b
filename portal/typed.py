"""What somebody has typed outlives a change of language or letters: kept for one redirect, sealed, without secrets.

The buttons of the bar send the page's own form (`id="page-form"`) along; the form names what may be kept.
"""

import json
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse, QueryDict

from members.crypto import CannotOpen, seal, unseal

#: During a request for a page that was left with a form half filled in: what was typed.
typed: ContextVar[QueryDict | None] = ContextVar("typed", default=None)

KEEP = "display-keep"
#: Tells the next request to look; holds nothing itself.
COOKIE = "typed"
KEPT_FOR_S = 60
LONGEST = 100_000


def keep(request: HttpRequest, response: HttpResponse, onward: str) -> None:
    """Stores the fields of `request` that say they may be kept, for the page at `onward`. Too much is not kept."""
    names = request.POST.getlist(KEEP)
    kept = QueryDict(mutable=True)
    kept.setlist(KEEP, names)
    for name in names:
        if name in request.POST:
            kept.setlist(name, request.POST.getlist(name))
    text = json.dumps([onward, kept.urlencode()])
    if names and len(text) <= LONGEST:
        request.session[COOKIE] = seal(text.encode(), COOKIE).hex()
        response.set_cookie(COOKIE, "1", max_age=KEPT_FOR_S, samesite="Lax", httponly=True, secure=request.is_secure())


class GiveBack:
    """Middleware: the page after the redirect finds in `typed` what was kept for it, once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "GET" or COOKIE not in request.COOKIES:
            return self.get_response(request)
        token = typed.set(taken(request))
        try:
            response = self.get_response(request)
        finally:
            typed.reset(token)
        response.delete_cookie(COOKIE, samesite="Lax")
        return response


def taken(request: HttpRequest) -> QueryDict | None:
    """What was kept for this very page; whatever it was kept for, it is gone from the session."""
    try:
        onward, kept = json.loads(unseal(bytes.fromhex(request.session.pop(COOKIE, "")), COOKIE))
    except (CannotOpen, ValueError):
        return None
    return QueryDict(kept) if onward == request.get_full_path() else None
