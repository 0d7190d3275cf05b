"""When a device was last seen, for the list of devices: noted every few minutes, not at every request."""

import time
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

EVERY_S = 300
NOTED_KEY = "seen_at"


def note_seen(session: SessionBase) -> None:
    session[NOTED_KEY] = int(time.time())


class LastSeen:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        key = request.session.session_key
        if key and request.user.is_authenticated and request.session.get(NOTED_KEY, 0) < time.time() - EVERY_S:
            note_seen(request.session)
            UserSession.objects.filter(session_key=key).update(last_seen_at=timezone.now())
        return response
