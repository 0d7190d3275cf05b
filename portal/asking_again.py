"""What an account rests on is read and agreed to before a member goes on: at first, and when the words change."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse

from members.models import Member
from members.queries import consents_to_give

#: In the session: where the member was going.
GOING_TO = "going_to"

#: Pages about the account, besides the front page and the member's own, by how their addresses begin.
ASKED = ("/me/", "/points", "/account/", "/partners/authorize")
#: Open without: reading and agreeing, and what remains to whoever won't agree (leaving, a copy of one's data).
OPEN = ("/me/consents", "/me/close", "/me/data", "/account/confirm")


class AskAgain:
    """Leads a member who has not agreed to what is in force to it, before any other page about the account.

    The app is told (portal.app_session).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Wagtail makes a request of its own to preview a text: staff see their work, whatever they have agreed to.
        is_preview = getattr(request, "is_dummy", False)
        if request.method == "GET" and asked_before(request.path) and not is_preview:
            member = request.user
            if isinstance(member, Member) and (missing := consents_to_give(member)):
                if request.accepts("text/html"):  # what a script asks for in the background is no place to go to
                    request.session[GOING_TO] = request.get_full_path()
                return HttpResponseRedirect(reverse("consent", args=[missing[0]]))
        return self.get_response(request)


def asked_before(path: str) -> bool:
    return path in ("/", "/me") or (path.startswith(ASKED) and not path.startswith(OPEN))


def onward(request: HttpRequest, member: Member) -> str:
    """After a consent: the next one that is missing, then where the member was going."""
    if missing := consents_to_give(member):
        return reverse("consent", args=[missing[0]])
    return request.session.pop(GOING_TO, "") or resolve_url("consents")
