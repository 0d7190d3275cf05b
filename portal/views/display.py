"""How this browser shows the pages: language, size of letters, light or dark. Remembered for a year."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from portal import typed

YEAR_S = 365 * 24 * 3600
#: Cookie → what it may say. The form's fields are called `display-…`, as they travel with those of any page.
CHOICES = {
    "care": {"on", "off"},
    "theme": {"system", "light", "dark"},
    settings.LANGUAGE_COOKIE_NAME: {code for code, _ in settings.LANGUAGES},
}


@require_http_methods(["GET", "HEAD", "POST"])
def display(request: HttpRequest) -> HttpResponse:
    """The sheet with all choices; by POST, from here or from any page's bar, remembers those made and leads back."""
    onward = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, {request.get_host()}, require_https=request.is_secure()):
        onward = ""
    if request.method != "POST":
        return render(request, "portal/display.html", {"onward": onward})
    response = HttpResponseRedirect(onward or "/")
    for cookie, choices in CHOICES.items():
        choice = request.POST.get(f"display-{cookie.removeprefix('django_')}")
        if choice in choices:
            response.set_cookie(
                cookie, choice, max_age=YEAR_S, samesite="Lax", httponly=True, secure=request.is_secure()
            )
    typed.keep(request, response, onward)
    return response
