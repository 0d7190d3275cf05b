"""Words that changed are read and agreed to before a member goes on."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from members.models import Member
from members.queries import consents_to_renew


class AskAgain:
    """Leads a member who agreed to an older version to the current one, before any other page about the account."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "GET" and request.path.startswith("/me") and not request.path.startswith("/me/consents"):
            member = request.user
            if isinstance(member, Member) and (outdated := consents_to_renew(member)):
                return HttpResponseRedirect(reverse("consent", args=[outdated[0]]))
        return self.get_response(request)
