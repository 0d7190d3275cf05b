"""The origin of a request: entrance, address, device."""

import re
import secrets

from allauth.account.adapter import get_adapter
from allauth.core.internal.httpkit import is_headless_request
from allauth.core.internal.ratelimit import truncate_ip
from django.http import HttpRequest

from members.assurance import Context
from members.entrances import Entrance
from members.origin import Origin
from members.sessions import session_of

#: In the session of somebody who came in through WeChat.
ENTRANCE_KEY = "entrance"
DEVICE_COOKIE = "device"
DEVICE_MARK = re.compile(r"[0-9a-f]{32}")


def origin_of(request: HttpRequest) -> Origin:
    return Origin(
        entrance=entrance_of(request), ip=truncate_ip(get_adapter().get_client_ip(request)), device=device_of(request)
    )


def context_of(request: HttpRequest) -> Context:
    """Where this member acts, for actions that are bound to no request."""
    return Context(entrance=entrance_of(request), session=session_of(request.session.session_key))


def entrance_of(request: HttpRequest) -> Entrance:
    """The app is known by its API, WeChat by its browser or by having signed in through it."""
    if is_headless_request(request):
        return Entrance.APP
    if request.session.get(ENTRANCE_KEY) == Entrance.WECHAT or "MicroMessenger" in request.headers.get(
        "user-agent", ""
    ):
        return Entrance.WECHAT
    return Entrance.WEB


def device_of(request: HttpRequest) -> str:
    """The mark that the device keeps: a cookie, or a header of the app. Empty where it shows none (yet)."""
    shown = request.headers.get("x-device-id", "") or request.COOKIES.get(DEVICE_COOKIE, "")
    return shown if DEVICE_MARK.fullmatch(shown) else ""


def new_device_mark() -> str:
    return secrets.token_hex(16)
