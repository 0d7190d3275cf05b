"""A WeChat that opens no account yet: kept with the session until its owner has proved a number, or minutes pass."""

from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone

from members.entrances import Entrance
from members.signin.origins import ENTRANCE_KEY
from members.signin.wechat.identity import WeChatIdentity

PENDING_KEY = "wechat_pending"
#: Long enough to wait for a code; whoever sits down at a browser later doesn't get a stranger's WeChat linked.
WAITS = timedelta(minutes=10)


def keep_pending(request: HttpRequest, identity: WeChatIdentity) -> None:
    request.session[PENDING_KEY] = {"identity": identity.as_dict(), "came_at": timezone.now().isoformat()}
    request.session[ENTRANCE_KEY] = Entrance.WECHAT


def pending_wechat(request: HttpRequest) -> WeChatIdentity | None:
    """The one that whoever signs in now gets linked; forgotten once it has waited too long."""
    kept = request.session.get(PENDING_KEY)
    if not kept:
        return None
    if datetime.fromisoformat(kept["came_at"]) < timezone.now() - WAITS:
        forget_pending(request)
        return None
    return WeChatIdentity(**kept["identity"])


def forget_pending(request: HttpRequest) -> None:
    """Whoever signs in doesn't come through WeChat any more. Where none waits, nothing happens."""
    if request.session.pop(PENDING_KEY, None):
        request.session.pop(ENTRANCE_KEY, None)
