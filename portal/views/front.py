"""The front page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.demo.accounts import PASSWORD, STAFF_MOBILE


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    demo = {"staff_mobile": STAFF_MOBILE, "staff_password": PASSWORD} if settings.DEMO else {}
    return render(request, "portal/front.html", demo)
