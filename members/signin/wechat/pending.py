"""A WeChat that opens no account yet: kept with the session until its owner has proved a number, or minutes pass."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

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
    kept = request.session.get(PENDING_KEY, {})
    # Sessions live for weeks: one may hold a WeChat of before it was written down when it came.
    if "came_at" in kept and datetime.fromisoformat(kept["came_at"]) >= timezone.now() - WAITS:
        return WeChatIdentity(**kept["identity"])
    forget_pending(request)
    return None


def let_go_if_late(request: HttpRequest) -> None:
    """Before a sign-in is recorded: one that has waited too long is no way in, and who was told it would be is told."""
    if PENDING_KEY in request.session and not pending_wechat(request):
        said = _("Your WeChat waited too long and is not linked. You can link it under “Signing in”.")
        messages.warning(request, said)


def forget_pending(request: HttpRequest) -> None:
    """Whoever signs in doesn't come through WeChat any more. Where none waits, nothing happens."""
    if request.session.pop(PENDING_KEY, None):
        request.session.pop(ENTRANCE_KEY, None)
