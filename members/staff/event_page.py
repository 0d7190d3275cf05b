"""One event of the log: what is known of it without looking inside, and its data to whom it is shown, on record."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from wagtail.log_actions import log

from members.catalogue import event_specs
from members.models import PolicyEvent

SEE_DATA = "members.see_policyevent_data"
# What logs a person in is never shown to another.
SECRETS = frozenset({"otp"})


def type_name(code: str) -> str:
    """The type's name in the reader's language; its code when the catalogue doesn't know it any more."""
    spec = event_specs().get(code)
    if spec is None:
        return code
    return spec.name_zh if (get_language() or "").startswith("zh") else spec.name_en


def facts(request: HttpRequest, event: PolicyEvent) -> dict[str, Any]:
    """What a page says of an event: nothing from its data."""
    return {"event": event, "type_name": type_name(event.type), "may_see_data": request.user.has_perm(SEE_DATA)}


@require_POST
@never_cache
def show_data(request: HttpRequest, pk: int) -> HttpResponse:
    """The event's data. It is full of personal data: only with the permission, and who looked is recorded."""
    if not request.user.has_perm(SEE_DATA):
        raise PermissionDenied
    event = get_object_or_404(PolicyEvent, pk=pk)
    log(instance=event, action="members.see_event_data", user=request.user)
    data: Any = event.data
    shown = {name: "••••" if name in SECRETS else value for name, value in data.items()}
    return render(request, "members/staff/event_data.html", {**facts(request, event), "data": shown})
