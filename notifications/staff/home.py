"""The messages' part of what staff see first in the admin."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.site_summary import SummaryItem

from members.staff.home import Waiting
from notifications.models import Message
from notifications.queries import WAITING, counts_of_today, paused_providers, troubles

SEE = "notifications.view_message"
#: The list of messages with those that `Troubles.late` counts.
LATE = "&".join(["late=on", *(f"state={state}" for state in WAITING)])


class TodaySummaryItem(SummaryItem):
    order = 50
    template_name = "notifications/staff/home_today.html"

    def is_shown(self) -> bool:
        return bool(self.request.user.has_perm(SEE))

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        channels = counts_of_today().values()
        return {
            "total": sum(sum(states.values()) for states in channels),
            "delivered": sum(states.get(Message.State.DELIVERED, 0) for states in channels),
        }


def messages_waiting(request: HttpRequest) -> list[Waiting]:
    """Messages that only a person can decide on or that are late, and providers that nobody calls for now."""
    found = []
    if request.user.has_perm(SEE):
        messages, now = reverse("notification_messages:index"), troubles()
        found += [
            Waiting(
                now.needs_a_person,
                _("Messages that were parked, or of which nobody knows whether they went out"),
                _("Open each: mend the text or ask the provider, then send it again or record it as sent."),
                f"{messages}?needs_a_person=on",
            ),
            Waiting(
                now.late,
                _("Late messages"),
                _("They are due and have not gone. Is a provider slow or left alone? See today's figures."),
                f"{messages}?{LATE}",
            ),
        ]
    if request.user.has_perm("notifications.view_providerstate"):
        found.append(
            Waiting(
                paused_providers().count(),
                _("Providers left alone"),
                _("They failed several times in a row. They are tried again by themselves; if it lasts, call them."),
                reverse("notification_providers:index"),
            )
        )
    return found
