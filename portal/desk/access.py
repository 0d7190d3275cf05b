"""Who comes to a provider's desk. For everybody else there is none."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from benefits.models import DeskWorker
from benefits.queries.desk import worker_of
from portal.navigation import Link, desk_places
from portal.visitors import member_of


def at_desk(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Hands the view its `worker`. Raises Http404 for who works at no desk."""

    @never_cache
    @login_required
    @wraps(view)
    def served(request: HttpRequest, **given: Any) -> HttpResponseBase:
        worker = worker_of(member_of(request))
        if worker is None:
            raise Http404
        return view(request, worker=worker, **given)

    return served


def desk_page(request: HttpRequest, worker: DeskWorker, template: str, **said: Any) -> HttpResponse:
    """A page with the desk's own navigation."""
    places: list[Link] = desk_places(request)
    return render(request, f"portal/desk/{template}.html", {"worker": worker, "places": places, **said})
