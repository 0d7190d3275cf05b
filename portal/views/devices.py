"""Where one is signed in, and signing out: here, there, everywhere else."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.internal.flows.logout import logout
from allauth.usersessions.internal.flows.sessions import end_other_sessions, end_sessions
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView

from members.actions.record_account_event import record_account_event
from members.entrances import Entrance
from members.models import AccountEvent, Member
from members.signin.devices import device_in_words
from members.signin.origins import entrance_of
from portal.numbers import number_from


@dataclass(frozen=True)
class Device:
    """A session as its owner thinks of it; no place, which an address tells too vaguely to be a help."""

    pk: int
    name: str
    entrance: str
    last_seen_at: datetime
    is_this_one: bool

    @classmethod
    def of(cls, session: UserSession) -> "Device":
        entrance = session.data.get("entrance", Entrance.WEB)
        return cls(
            pk=session.pk,
            name=device_in_words(session.user_agent),
            entrance=str(Entrance(entrance).label),
            last_seen_at=session.last_seen_at,
            is_this_one=session.is_current(),
        )


@method_decorator(never_cache, name="dispatch")
class Devices(LoginRequiredMixin, TemplateView):
    """Lists them, this one first; ends one of them, or all others."""

    template_name = "usersessions/usersession_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        member: Any = self.request.user
        devices = [Device.of(session) for session in UserSession.objects.purge_and_list(member)]
        devices.sort(key=lambda device: (not device.is_this_one, -device.last_seen_at.timestamp()))
        return super().get_context_data(devices=devices, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        member: Any = request.user
        if "all_others" in request.POST:
            end_other_sessions(request, member)
            messages.success(request, _("All other devices are signed out."))
        else:
            device = number_from(request.POST.get("device", ""))
            session = get_object_or_404(UserSession, pk=device, user=member)
            end_sessions(request, [session])
            messages.success(request, _("That device is signed out."))
        self.record(request, member)
        return redirect("usersessions_list")

    def record(self, request: HttpRequest, member: Member) -> None:
        record_account_event(member=member, kind=AccountEvent.Kind.DEVICE_ENDED, entrance=entrance_of(request))


def leave(request: HttpRequest) -> None:
    """Signs this device out, whatever it was in the middle of."""
    logout(request, show_message=False)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    leave(request)
    messages.success(request, _("You are signed out."))
    return redirect("front")
