"""What the app is told about a member is for the app alone: nothing on its way, and no cache of the app's, keeps it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

#: Everything that begins like this, and the address itself.
ME = "/api/v1/me"


class NeverKept:
    """Middleware: says so in every answer under ME, refusals too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path == ME or request.path.startswith(f"{ME}/"):
            patch_cache_control(response, private=True, no_store=True)
        return response
