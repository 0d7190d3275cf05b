"""What the staff's roles may do with messages, their texts and their routes."""

from collections.abc import Mapping
from typing import Any

from django.apps import apps as all_apps

from members.roles import Role, grant_permissions

WRITE_TEXTS = frozenset({"view_template", "add_template", "change_template"})
SEE_SENDING = frozenset({"view_message", "view_providerstate", "view_eventtype"})
#: Who writes a text does not publish it; who publishes it may first put a word right.
MAY: Mapping[Role, frozenset[str]] = {
    Role.MARKETING_EDITOR: WRITE_TEXTS | {"view_eventtype"},
    Role.APPROVER: frozenset({"view_template", "change_template", "publish_template", "view_eventtype"}),
    Role.NOTIFICATION_OPERATOR: WRITE_TEXTS
    | SEE_SENDING
    | {"read_message", "redrive_message", "change_providerstate", "change_eventtype"},
    Role.SERVICE_AGENT: frozenset({"view_message", "read_message"}),
    Role.BENEFITS_MANAGER: frozenset(),
    Role.ANALYST: frozenset({"view_eventtype", "view_template"}),
    Role.ADMINISTRATOR: WRITE_TEXTS
    | SEE_SENDING
    | {"read_message", "redrive_message", "change_providerstate", "change_eventtype", "publish_template"},
}


def grant_notifications_permissions(*, apps: Any = all_apps, **_kwargs: Any) -> None:
    """Receiver of post_migrate."""
    grant_permissions("notifications", MAY, apps=apps)
