"""From a refusal of `require_assurance` to the page that mends it, and back to where the member was."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from members.assurance import FactorNeeded, require_assurance
from members.signin.origins import context_of


def asks_for(action: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Leads a member whose proofs are too old to `confirm-it-is-you` before the page is filled in.

    The action behind the page asks again, and is what protects it.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                require_assurance(request.user, action, context_of(request))  # type: ignore[arg-type]  # signed in
                return view(request, *args, **kwargs)
            except FactorNeeded:
                return HttpResponseRedirect(f"{reverse('confirm-it-is-you')}?{urlencode({'next': request.path})}")

        return checked

    return decorate
