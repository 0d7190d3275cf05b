"""Error pages in the platform's own clothes. 403 and 404 are Django's own views with our templates."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

PLAIN = "<!doctype html><title>500</title><h1>服务暂时不可用，请稍后再试<br>Please try again in a moment</h1>"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Must not fail itself, whatever is broken: the page touches no database, and there is a plain one behind it."""
    try:
        return render(request, "500.html", {"bare": True}, status=500)
    except Exception:
        return HttpResponse(PLAIN, status=500)
