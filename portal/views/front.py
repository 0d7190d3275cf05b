"""The front page and what a visitor may set for themselves without an account."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from portal.demo.accounts import PASSWORD, STAFF_MOBILE

YEAR_S = 365 * 24 * 3600


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    demo = {"staff_mobile": STAFF_MOBILE, "staff_password": PASSWORD} if settings.DEMO else {}
    return render(request, "portal/front.html", demo)


@require_POST
def set_care_mode(request: HttpRequest) -> HttpResponse:
    """Larger type and fewer things, remembered by this browser for a year."""
    onward = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, {request.get_host()}, require_https=request.is_secure()):
        onward = "/"
    response = HttpResponseRedirect(onward)
    if request.POST.get("care") == "on":
        response.set_cookie("care", "on", max_age=YEAR_S, samesite="Lax", httponly=True, secure=request.is_secure())
    else:
        response.delete_cookie("care", samesite="Lax")
    return response
