"""From a refusal of `require_assurance` to the page that mends or explains it, and back to where the member was."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from members.assurance import AssuranceRefused, require_assurance
from members.signin.origins import context_of
from portal.assured import refused

View = Callable[..., HttpResponseBase]


def asks_for(action: str, *, back_to: str = "") -> Callable[[View], View]:
    """Leads a member whose proofs are too old to `confirm-it-is-you` before the page is filled in.

    `back_to`: the page to come back to where the one asked for is only a button. Any other refusal, of the page or of
    the action behind it, is explained on a page of its own. The action behind the page asks again, and is what
    protects it.
    """

    def decorate(view: View) -> View:
        @login_required
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                require_assurance(request.user, action, context_of(request))  # type: ignore[arg-type]  # signed in
                return view(request, *args, **kwargs)
            except AssuranceRefused as refusal:
                return refused(request, refusal, back_to=back_to)

        return checked

    return decorate
