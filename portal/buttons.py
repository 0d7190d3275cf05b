"""What is done by pressing a button, and where whoever comes to its address without pressing it is led."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

View = Callable[..., HttpResponseBase]


def button_on(page: str, *args: str) -> Callable[[View], View]:
    """By POST alone. Whoever was signed out meanwhile comes back by GET: to the page that has the button.

    `page` is its name, `args` are those of the button's address that the page's needs, too.
    """

    def decorate(view: View) -> View:
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def pressed(request: HttpRequest, **given: Any) -> HttpResponseBase:
            if request.method != "POST":
                return redirect(page, **{name: given[name] for name in args})
            return view(request, **given)

        return pressed

    return decorate
